// Actions that write. Each is confirmed first, and needs the master key if the app requires keys.

import { api } from './api.js';
import { confirm, showText } from './dialogs.js';
import { copy, count, toast } from './dom.js';
import { indent } from './json.js';

/** Downloads the files of an event again. */
export function refetch(space, id, done) {
  confirm({
    title: 'Fetch again',
    text: 'The files of this event are downloaded again, with new links if the provider’s API gives them. A stored file stays until its replacement is complete.',
    verb: 'Fetch again',
    run: key => api.refetch(space, id, key),
    done: result => {
      toast(result.refetching === 0 && !result.more ? 'The event is processed again.'
        : `${count(result.refetching, 'file')} enqueued, with ${result.links === 'new' ? 'new links' : 'the event’s own links'}.`);
      done();
    },
  });
}

/** Asks the provider's API for a job. */
export function recover(provider, id, done) {
  confirm({
    title: `Recover the job from ${provider}`,
    text: `The app requests “${id}” from the API of ${provider}, and records the answer as a separate event. The call counts against your quota there.`,
    verb: 'Recover',
    run: async key => {
      const { jobs } = await api.recover(provider, [id], key);
      if (jobs[0]?.error) {
        throw new Error(jobs[0].error);
      }
    },
    done: () => {
      toast(`${provider} knows the job. Its answer is recorded as an event.`);
      done();
    },
  });
}

/** Erases a job for good. */
export function erase(provider, id, done) {
  confirm({
    title: 'Erase the job',
    text: 'Its rows, its files, its webhooks and their messages are removed, and later webhooks of the job are dropped. This cannot be undone.',
    verb: 'Erase for good',
    typed: id,
    isDangerous: true,
    run: key => api.erase(provider, id, key),
    done: result => {
      const rest = result.unattributed.length > 0 ? ` It waits for dead letters of webhook-events that may be of this job: ${result.unattributed.join(', ')}.`
        : result.more ? ' The rest follows within five minutes.' : '';
      toast(`Erased: ${count(result.events, 'event')}, ${count(result.blobs, 'file')}, ${count(result.deadLetters, 'dead letter')}.${rest}`);
      done();
    },
  });
}

/** Shows the body of a webhook. */
export function showBody(space, id) {
  confirm({
    title: 'Show the raw webhook',
    text: 'The body is shown as received. It may contain prompts, and links that open files.',
    verb: 'Show',
    run: key => api.body(space, id, key),
    done: text => {
      const longest = 400_000;
      const pretty = indent(text);
      showText('Raw webhook',
        pretty === null ? 'The body is not JSON, and is shown as received.'
          : pretty.length > longest ? `The first ${count(longest, 'character')}. Copy takes the whole body as received.` : 'The body is shown indented. Copy takes it as received.',
        (pretty ?? text).slice(0, longest),
        () => copy(text, 'The webhook was copied.'));
    },
  });
}

/**
 * Sends dead letters back to their queues.
 * @param what the requests, by queue: [queue, request].
 */
export function replay(title, text, what, done) {
  confirm({
    title,
    text,
    verb: 'Replay',
    run: async (key, progress) => {
      const sum = { replayed: 0, done: 0, unreadable: 0, notFound: 0, later: 0 };
      for (const [queue, body] of what) {
        let answer;
        do {
          answer = await api.replay(queue, body, key);
          sum.replayed += answer.replayed;
          sum.done += answer.done;
          sum.unreadable = Math.max(sum.unreadable, answer.unreadable);
          sum.notFound += answer.notFound?.length ?? 0;
          sum.later += answer.later?.length ?? 0;
          progress(`${sum.replayed} sent, ${sum.done} already done …`);
        } while (answer.more && answer.replayed + answer.done > 0);
      }

      return sum;
    },
    done: sum => {
      const parts = [
        `${count(sum.replayed, 'dead letter')} sent again`,
        sum.done > 0 && `${sum.done} removed, because their work was done or in progress`,
        sum.unreadable > 0 && `${sum.unreadable} kept, because they cannot be read`,
        sum.notFound > 0 && `${sum.notFound} no longer there`,
        sum.later > 0 && `${sum.later} to follow within some minutes`,
      ];
      toast(`${parts.filter(Boolean).join(', ')}.`, sum.unreadable > 0 ? 'bad' : 'good');
      done();
    },
  });
}

/** Fetches the files of several events again, one after the other. */
export function refetchAll(events, done) {
  confirm({
    title: `Fetch ${count(events.length, 'event')} again`,
    text: 'The files of each are downloaded again, with new links if the provider’s API gives them.',
    verb: 'Fetch again',
    run: async (key, progress) => {
      const sum = { restarted: 0, rejected: 0, why: '' };
      for (const { space, webhookId } of events) {
        try {
          await api.refetch(space, webhookId, key);
          sum.restarted++;
        } catch (error) {
          if (error.kind !== 'rejected' && error.kind !== 'notFound') {
            throw error;
          }

          sum.rejected++;
          sum.why = error.message;
        }

        progress(`${sum.restarted + sum.rejected} of ${events.length} …`);
      }

      return sum;
    },
    done: sum => {
      toast(`${count(sum.restarted, 'event')} restarted.${sum.rejected > 0 ? ` ${sum.rejected} rejected: ${sum.why}` : ''}`, sum.rejected > 0 ? 'bad' : 'good');
      done();
    },
  });
}
