// View of the app's health: storage, queues, and the providers with their settings.

import { api, repeat } from './api.js';
import { button, fill, h, icon, pill, time } from './dom.js';
import { showFailure, showLoading } from './states.js';

const descriptions = {
  ok: 'Its webhooks are received and proven.',
  off: 'It is not configured. Its webhook URL answers 404.',
  weak: 'Its webhooks are received, but they are not proven: a token or an API key is missing.',
  bad: 'A setting is invalid, so its webhook URL answers 404.',
};

/** Shows the app's health, and keeps it up to date. */
export function showHealth(main) {
  const abort = new AbortController();
  const place = h('div', null);
  const at = h('span', { class: 'muted small' });
  let end = () => {};
  fill(main, h('div', { class: 'head' }, h('h1', { tabindex: '-1' }, 'Health'), h('div', { class: 'actions' }, at, button('Refresh', 'refresh', () => run(true)))), place);

  const load = async () => {
    const report = await api.health(abort.signal);
    if (!report.providers) {
      throw Object.assign(new Error(report.detail ?? 'The app did not report its health.'), { kind: 'unavailable', unavailable: report.unavailable });
    }

    fill(at, 'As of ', time(new Date().toISOString(), 'long'));
    show(place, report);
  };
  const run = async isAgain => {
    end();
    if (!isAgain) {
      showLoading(place, 'Loading the app’s health.', 'rows');
    }

    try {
      await load();
      end = repeat(async () => {
        await load();
        return false;
      }, { first: 30_000, longest: 120_000 });
    } catch (error) {
      if (!abort.signal.aborted) {
        showFailure(place, error, () => run(false));
      }
    }
  };

  run(false);
  return () => {
    abort.abort();
    end();
  };
}

function show(place, report) {
  const isHealthy = report.status === 'ok';
  const providers = Object.entries(report.providers);
  const running = providers.filter(([, each]) => each.status === 'ok' || each.status === 'weak').length;
  fill(place,
    h('div', { class: `notice ${isHealthy ? 'good' : 'bad'}`, role: 'status' }, icon(isHealthy ? 'check' : 'warning'),
      h('div', null,
        h('strong', null, isHealthy ? 'The app is healthy' : 'The app is not healthy'),
        h('p', null, `${running} of ${providers.length} providers are on. ${isAvailable(report.storage) && isAvailable(report.queues) ? 'Storage and queues are available.' : 'Some of the storage or of the queues are unavailable.'}`))),
    h('section', { aria: { labelledby: 'providers' } }, h('h2', { id: 'providers' }, 'Providers'),
      h('div', { class: 'provider-list' }, providers.map(([name, each]) => h('article', { class: 'panel' },
        h('div', { class: 'file-head' }, h('h3', null, name), pill(each.status)),
        h('p', { class: 'muted' }, descriptions[each.status] ?? ''),
        each.note && h('p', { class: 'todo' }, each.note),
        each.problems.length > 0 && h('ul', { class: 'parts' }, each.problems.map(problem => h('li', null, h('code', null, problem.setting), ` ${problem.reason}`))))))),
    report.notifications && h('section', { class: 'panel', aria: { labelledby: 'notifications' } }, h('h2', { id: 'notifications' }, 'Notifications'),
      h('div', { class: 'file-head' }, h('p', { class: 'muted' }, targets(report.notifications)), pill(report.notifications.status)),
      report.notifications.problems.length > 0 && h('ul', { class: 'parts' },
        report.notifications.problems.map(problem => h('li', null, h('code', null, problem.setting), ` ${problem.reason}`)))),
    h('div', { class: 'columns' }, parts('Storage', report.storage), parts('Queues', report.queues)));
}

const targets = ({ targets: names }) => names.length === 0 ? 'No target for notifications of finished jobs is configured.' : `Notifications of finished jobs are sent to ${names.join(', ')}.`;

const isAvailable = all => Object.values(all).every(part => part.status === 'ok');

function parts(title, all) {
  const id = title.toLowerCase();
  return h('section', { class: 'panel', aria: { labelledby: id } }, h('h2', { id }, title),
    h('ul', { class: 'part-list' }, Object.entries(all).map(([name, part]) => h('li', null,
      h('span', null, h('code', null, name), part.error && h('span', { class: 'error small' }, part.error)),
      pill(part.status, part.status === 'ok' ? 'Available' : 'Unavailable')))));
}
