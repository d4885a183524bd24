// States that a view shows instead of its content: loading, failed, or a form for the key.

import { isKey, session, slowNotice } from './api.js';
import { button, fill, h, icon, state } from './dom.js';

/** Shows that a view is loading, with the shapes of its content. */
export function showLoading(place, label, shape = 'cards') {
  fill(place, h('div', { class: 'loading' },
    h('p', { class: 'hidden', role: 'status' }, label),
    h('div', { class: `skeleton ${shape}`, aria: { hidden: 'true' } }, Array.from({ length: shape === 'cards' ? 12 : 4 }, () => h('div'))),
    slowNotice()));
}

/** Shows why a view has no content, and what to do. If the key is missing or wrong, shows the form for it. */
export function showFailure(place, error, retry) {
  if (error.kind === 'unauthorized') {
    showKeyForm(place, retry);
    return;
  }

  const parts = Object.entries(error.unavailable ?? {});
  const again = button('Try again', 'refresh', retry, 'primary');
  const shown = {
    forbidden: ['key', 'Only available on its own machine', 'The local host was started without keys, so it accepts requests only from its own machine. Start it with “run --keys”, and enter the key that it prints.'],
    offline: ['plug', 'The app cannot be reached', error.message],
    unavailable: ['clock', 'The app is unavailable', error.message],
    notFound: ['search', 'Not found', error.message],
    rejected: ['warning', 'The app rejected the request', error.message],
  }[error.kind] ?? ['warning', 'Something went wrong', error.message || String(error)];
  const element = state(...shown, again);
  if (parts.length > 0) {
    element.append(h('ul', { class: 'parts' }, parts.map(([name, why]) => h('li', null, h('code', null, name), ` ${why ?? ''}`))));
  }

  element.setAttribute('role', 'alert');
  fill(place, element);
}

/** Asks for a function key. */
export function showKeyForm(place, done) {
  const wasWrong = session.key !== null;
  session.key = null;
  document.dispatchEvent(new Event('keychange'));
  const input = h('input', {
    id: 'function-key', type: 'password', required: true, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off',
    aria: { describedby: 'function-key-help', invalid: wasWrong ? 'true' : null },
  });
  const error = h('p', { class: 'error', role: 'alert' }, wasWrong && 'That key was not accepted.');
  const form = h('form', {
    class: 'key-form',
    onsubmit: event => {
      event.preventDefault();
      const key = input.value.trim();
      if (!isKey(key)) {
        error.textContent = 'A key has no spaces and no letters beyond ASCII.';
        return;
      }

      session.key = key;
      document.dispatchEvent(new Event('keychange'));
      done();
    },
  },
  h('div', { class: 'state-icon' }, icon('key', 30)),
  h('h2', null, 'Enter a function key'),
  h('p', null, 'This deployment requires a function key to show its results. The key is kept in this tab until you close it, and sent only to this app.'),
  h('label', { for: 'function-key' }, 'Function key'),
  input,
  error,
  h('button', { type: 'submit', class: 'primary' }, 'Continue'),
  h('details', { id: 'function-key-help' }, h('summary', null, 'Where do I find the key?'),
    h('p', null, 'In the Azure portal under App keys, or with this command. The local host prints its key if it was started with --keys.'),
    h('pre', { class: 'command', tabindex: '0' }, 'az functionapp keys list --resource-group GROUP --name NAME --query functionKeys.default --output tsv')));
  fill(place, h('div', { class: 'state' }, form));
  input.focus();
}
