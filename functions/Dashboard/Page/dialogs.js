// Dialogs that confirm actions that write, with the master key if the app requires keys. The key is kept only while the dialog is open.

import { isKey, session } from './api.js';
import { button, fill, h } from './dom.js';

function open(title, tone, ...children) {
  const heading = h('h2', { id: 'dialog-title' }, title);
  const dialog = h('dialog', { class: tone, aria: { labelledby: 'dialog-title' }, onclose: () => dialog.remove() }, heading, children);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Asks for confirmation of an action, and runs it.
 * @param action title, text, verb (the button's text), run(key, progress), done(result); if it cannot be undone, also typed (the text to type first) and isDangerous.
 */
export function confirm(action) {
  let [needsKey, isBusy] = [!session.isOpen, false];
  const error = h('p', { class: 'error', role: 'alert' });
  const progress = h('p', { class: 'muted', role: 'status' });
  const keyField = h('div', { class: 'field' });
  const key = h('input', { id: 'master-key', type: 'password', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off' });
  const typed = h('input', { id: 'typed', type: 'text', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', oninput: update });
  const submit = h('button', { type: 'submit', class: action.isDangerous ? 'danger' : 'primary' }, action.verb);
  const cancel = button('Cancel', null, () => dialog.close());
  const dialog = open(action.title, action.isDangerous ? 'danger' : '',
    h('p', null, action.text),
    h('form', { onsubmit: onSubmit },
      action.typed && h('div', { class: 'field' }, h('label', { for: 'typed' }, 'To confirm, type the job’s id: ', h('code', null, action.typed)), typed),
      keyField, error, progress,
      h('div', { class: 'actions' }, cancel, submit)));
  showKeyField();
  update();
  (action.typed ? typed : needsKey ? key : submit).focus();

  function showKeyField() {
    fill(keyField, needsKey && [
      h('label', { for: 'master-key' }, 'Master key'),
      key,
      h('p', { class: 'muted small' }, 'Used only for this action, and not stored.'),
    ]);
  }

  function update() {
    submit.disabled = isBusy || (action.typed && typed.value !== action.typed);
  }

  async function onSubmit(event) {
    event.preventDefault();
    const value = key.value.trim();
    if (needsKey && !isKey(value)) {
      error.textContent = value === '' ? 'Enter the master key.' : 'A key has no spaces and no letters beyond ASCII.';
      key.focus();
      return;
    }

    [isBusy, error.textContent] = [true, ''];
    submit.classList.add('busy');
    update();
    try {
      const result = await action.run(needsKey ? value : null, text => {
        progress.textContent = text;
      });
      key.value = '';
      dialog.close();
      action.done(result);
    } catch (exception) {
      if (exception.kind === 'unauthorized') {
        error.textContent = needsKey ? 'That key was not accepted. The action needs the master key, not a function key.' : 'This action needs the master key.';
        needsKey = true;
        showKeyField();
        key.value = '';
        key.focus();
      } else {
        error.textContent = exception.message;
      }

      [isBusy, progress.textContent] = [false, ''];
      submit.classList.remove('busy');
      update();
    }
  }
}

/** Shows a long text unchanged, with a button that copies it. */
export function showText(title, note, text, onCopy) {
  const dialog = open(title, 'wide',
    note && h('p', { class: 'muted' }, note),
    h('pre', { class: 'document', tabindex: '0' }, text),
    h('div', { class: 'actions' }, button('Copy', 'copy', onCopy), button('Close', null, () => dialog.close(), 'primary')));
}
