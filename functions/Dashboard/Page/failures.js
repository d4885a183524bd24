// View of permanent failures: dead letters and failed files, by reason.

import { refetch, refetchAll, replay } from './actions.js';
import { api, reasons } from './api.js';
import { viewOf } from './details.js';
import { button, count, fill, h, state, time } from './dom.js';
import { showFailure, showLoading } from './states.js';

const queues = ['webhook-events', 'asset-downloads', 'job-notifications'];
const mostPages = 10;
const shownAtOnce = 20;

// The reason shown for an asset for which the provider reported an error in place of a link.
const noReason = 'NothingToFetch';
const noReasonMeaning = {
  cause: 'the provider reported an error in place of a link',
  action: 'read the text; fetch again once the provider has a result',
};

/** Shows the failures. */
export function showFailures(main) {
  const abort = new AbortController();
  const place = h('div', null);
  const tools = h('div', { class: 'actions' });
  fill(main, h('div', { class: 'head' }, h('h1', { tabindex: '-1' }, 'Failures'), tools), place);

  const run = async () => {
    fill(tools);
    showLoading(place, 'Loading the failures.', 'rows');
    try {
      const [meanings, dead, failed] = await Promise.all([reasons(), loadDead(abort.signal), loadFailed(abort.signal)]);
      show(meanings, dead, failed);
    } catch (error) {
      if (!abort.signal.aborted) {
        showFailure(place, error, run);
      }
    }
  };

  const show = (meanings, dead, failed) => {
    const groups = group([...dead.items, ...withoutDead(failed.items, dead.items)]);
    fill(tools, button('Refresh', 'refresh', run),
      dead.items.length > 0 && button('Replay all dead letters', 'refresh', () => replay(
        'Replay all dead letters',
        'Every dead letter of every queue is sent again. First remove the causes, or the messages are dead-lettered again.',
        queues.filter(queue => dead.items.some(item => item.queue === queue)).map(queue => [queue, { all: true }]),
        run), 'primary'));
    if (groups.length === 0) {
      fill(place, state('check', 'No failures', 'No webhook, file or notification has failed permanently. Files that wait for their next attempt are shown with their job.'));
      return;
    }

    fill(place,
      h('p', { class: 'muted' }, summary(dead, groups, failed)),
      groups.map(each => groupCard(each, meanings, run)));
  };

  run();
  return () => abort.abort();
}

function summary(dead, groups, failed) {
  const rest = groups.reduce((sum, each) => sum + each.items.length, 0) - dead.items.length;
  return [
    (dead.items.length > 0 || rest === 0) && `${count(dead.items.length, 'dead letter')}${dead.isCut ? ' and more' : ''}`,
    rest > 0 && `${count(rest, 'failure')}${failed.isCut ? ' and more' : ''} without a dead letter`,
  ].filter(Boolean).join(', ');
}

async function loadDead(signal) {
  const all = await Promise.all(queues.map(async queue => {
    const items = [];
    let cursor = null;
    let pages = 0;
    do {
      const answer = await api.deadLetters(queue, cursor, signal);
      items.push(...answer.messages.map(message => ({ ...message, queue, at: message.enqueuedAt, text: message.description })));
      cursor = answer.cursor;
    } while (cursor !== null && ++pages < mostPages);
    return { items, isCut: cursor !== null };
  }));
  return { items: all.flatMap(each => each.items), isCut: all.some(each => each.isCut) };
}

async function loadFailed(signal) {
  const items = [];
  let cursor = null;
  let pages = 0;
  do {
    const answer = await api.failedEvents(cursor, signal);
    for (const event of answer.events) {
      const about = { provider: event.provider, space: event.space, webhookId: event.webhookId, jobId: event.jobId, at: event.updatedAt };
      const failures = (event.failures ?? []).filter(failure => failure.state === 'Failed');
      if (failures.length === 0) {
        items.push({ ...about, asset: null, reason: event.errorCode, text: event.lastError ?? event.errorMessage });
      }

      items.push(...failures.map(failure => ({ ...about, asset: failure.asset, reason: failure.errorCode, text: failure.lastError })));
    }

    cursor = answer.cursor;
  } while (cursor !== null && ++pages < mostPages);
  return { items, isCut: cursor !== null };
}

// A dead letter and its row are one failure.
function withoutDead(items, dead) {
  const keyOf = item => [item.space, item.webhookId, item.asset ?? ''].join('\n');
  const keys = new Set(dead.map(keyOf));
  return items.filter(item => !keys.has(keyOf(item)));
}

function group(items) {
  const groups = new Map();
  for (const item of items) {
    const reason = item.reason ?? noReason;
    groups.set(reason, [...groups.get(reason) ?? [], item]);
  }

  return [...groups].map(([reason, all]) => ({ reason, items: all })).sort((one, other) => other.items.length - one.items.length);
}

function groupCard({ reason, items }, meanings, reload) {
  const dead = items.filter(item => item.queue);
  const rest = items.filter(item => !item.queue);
  const meaning = reason === noReason ? noReasonMeaning : Object.hasOwn(meanings, reason) ? meanings[reason] : null;
  const list = h('ul', { class: 'failures' });
  const more = h('div', { class: 'actions' });
  let shown = 0;
  const showMore = () => {
    list.append(...items.slice(shown, shown + shownAtOnce).map(item => failureRow(item, reload)));
    shown = Math.min(items.length, shown + shownAtOnce);
    fill(more, shown < items.length && button(`Show ${Math.min(shownAtOnce, items.length - shown)} more of ${items.length}`, null, showMore));
  };
  showMore();
  const events = [...new Map(rest.map(item => [`${item.space}\n${item.webhookId}`, item])).values()];
  const [replayThese, fetchThese] = [`Replay ${dead.length === 1 ? 'it' : `these ${dead.length}`}`, `Fetch ${events.length === 1 ? 'it' : `these ${events.length}`} again`];
  return h('section', { class: 'group', aria: { label: reason } },
    h('div', { class: 'group-head' },
      h('div', null, h('h2', null, reason, h('span', { class: 'count' }, items.length.toLocaleString('en'))),
        h('p', null, meaning ? sentence(meaning.cause) : 'The operators’ page does not list this reason. A person or a newer version of the app may have dead-lettered the messages.'),
        meaning && h('p', { class: 'todo' }, h('strong', null, 'What to do: '), sentence(meaning.action))),
      h('div', { class: 'actions' },
        dead.length > 0 && button(replayThese, 'refresh', () => replay(
          `Replay ${count(dead.length, 'dead letter')} of ${reason}`,
          meaning ? `First: ${meaning.action}.` : 'First remove the cause.',
          byQueue(dead), reload), 'plain', { aria: { label: `${replayThese} of ${reason}` } }),
        events.length > 0 && button(fetchThese, 'refresh', () => refetchAll(events, reload),
          'plain', { aria: { label: `${fetchThese}: ${reason}` } }))),
    list, more);
}

const sentence = text => `${text[0].toUpperCase()}${text.slice(1)}.`;

const byQueue = items => queues
  .map(queue => [queue, { sequenceNumbers: items.filter(item => item.queue === queue).map(item => item.sequenceNumber) }])
  .filter(([, body]) => body.sequenceNumbers.length > 0);

function failureRow(item, reload) {
  const name = item.target ? `the notification to ${item.target}` : item.asset ?? 'the webhook itself';
  return h('li', null,
    h('div', { class: 'failure' },
      h('p', null,
        item.provider && h('span', { class: 'provider' }, item.provider), ' ',
        item.jobId && item.provider ? h('a', { class: 'long', href: viewOf(item.provider, item.jobId) }, item.jobId) : h('code', { class: 'long' }, item.webhookId ?? item.messageId ?? 'unknown'),
        ' ', h('span', { class: 'muted' }, `· ${name}${item.host ? ` from ${item.host}` : ''}`)),
      item.text && h('p', { class: 'small long' }, item.text),
      h('p', { class: 'muted small' }, time(item.at), item.queue && ` · dead letter ${item.sequenceNumber} of ${item.queue}`)),
    item.queue
      ? button('Replay', 'refresh', () => replay('Replay one dead letter', `${name} of ${item.jobId ?? item.webhookId ?? 'this message'} is sent again.`,
        byQueue([item]), reload), 'small-button', { aria: { label: `Replay ${item.sequenceNumber}` } })
      : button('Fetch again', 'refresh', () => refetch(item.space, item.webhookId, reload), 'small-button', { aria: { label: `Fetch again ${item.webhookId}` } }));
}
