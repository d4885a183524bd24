// View of one job: its files, its events, and actions.

import { erase, recover, refetch, showBody } from './actions.js';
import { api, reasons, repeat } from './api.js';
import { forget, isChanging, isStale, isUnfinished, load } from './details.js';
import { showText } from './dialogs.js';
import { button, bytes, clockOf, copy, count, fill, fromNow, h, icon, pill, state, time, toast } from './dom.js';
import { forgetList } from './jobs.js';
import { extensionOf, kindOf, placeholder, preview, showReach } from './media.js';
import { showFailure, showLoading } from './states.js';

const assurances = {
  Signed: 'Proven: the webhook was signed with a secret that only the provider and this app have.',
  Confirmed: 'Proven: the provider’s API, asked with this app’s key, confirmed it.',
  Unconfirmed: 'Not proven: neither a secret nor the provider’s API confirms it.',
};

/** Shows a job. */
export function showJob(main, provider, id, go) {
  const view = new JobView(provider, id, go);
  view.showIn(main);
  return () => view.leave();
}

class JobView {
  #abort = new AbortController();
  #cleanups = [];
  #stopPolling = null;
  #files = new Map();
  #meanings = {};
  #details = null;

  constructor(provider, id, go) {
    Object.assign(this, { job: { provider, jobId: id }, go });
    this.place = h('div', null);
    this.head = h('div', { class: 'job-head' });
    this.fileList = h('div', { class: 'files' });
    this.eventList = h('ol', { class: 'timeline' });
    this.more = h('p', { class: 'muted small' });
  }

  showIn(main) {
    const reach = h('div', null);
    fill(main,
      h('p', { class: 'crumbs' }, h('a', { href: '#/jobs' }, icon('back', 18), 'All jobs')),
      h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, this.job.jobId),
        button('Copy id', 'copy', () => copy(this.job.jobId, 'The id was copied.'), 'icon-only', { title: 'Copy id' })),
      reach, this.place);
    this.#cleanups.push(showReach(reach));
    this.#begin();
  }

  leave() {
    this.#abort.abort();
    this.#stopPolling?.();
    this.#cleanups.forEach(end => end());
  }

  async #begin() {
    showLoading(this.place, 'Loading the job.', 'job');
    try {
      this.#meanings = await reasons();
      await this.#load();
    } catch (error) {
      if (this.#abort.signal.aborted) {
        return;
      }

      if (error.kind === 'notFound') {
        this.#showMissing();
      } else {
        showFailure(this.place, error, () => this.#begin());
      }
    }
  }

  #showMissing() {
    const { provider, jobId } = this.job;
    fill(this.place, state('search', 'Unknown job', `No webhook of ${provider} named this job, or it was erased. If a webhook was lost, the job can be recovered from the provider’s API. It is shown here as soon as an event arrives.`,
      button(`Recover from ${provider}`, 'refresh', () => recover(provider, jobId, () => this.#watch(true)), 'primary')));
    this.#watch(false);
  }

  async #load() {
    const details = await load(this.job, this.#abort.signal);
    const isFirst = this.#details === null;
    this.#details = details;
    if (isFirst) {
      fill(this.place, this.head, this.#actions(),
        h('section', { aria: { labelledby: 'files' } }, h('h2', { id: 'files' }, 'Files'), this.fileList),
        h('section', { aria: { labelledby: 'events' } }, h('h2', { id: 'events' }, 'Events'), this.eventList, this.more));
    }

    this.#showHead();
    this.#showFiles();
    this.#showEvents();
    this.#watch(false);
  }

  // Polls the job until it has ended and was announced. After an action the waits are short again.
  #watch(isAgain) {
    if (isAgain) {
      this.#stopPolling?.();
      this.#stopPolling = null;
    }

    if (this.#stopPolling || (!isAgain && this.#details && !isChanging(this.#details))) {
      return;
    }

    let quiet = 0;
    this.#stopPolling = repeat(async () => {
      const before = JSON.stringify(this.#details, withoutLinks);
      try {
        await this.#load();
      } catch (error) {
        if (this.#abort.signal.aborted) {
          return null;
        }

        if (this.#details && (error.kind === 'notFound' || error.kind === 'unauthorized')) {
          this.#details = null;
          this.#stopPolling = null;
          this.#begin();
          return null;
        }

        throw error;
      }

      const changed = before !== JSON.stringify(this.#details, withoutLinks);
      quiet = changed ? 0 : quiet + 1;
      if (!isChanging(this.#details) && quiet >= (isAgain ? 3 : 0)) {
        this.#stopPolling = null;
        return null;
      }

      return changed;
    }, { first: 1500, longest: 30_000 });
  }

  #showHead() {
    const { job } = this.#details;
    const fact = (name, ...value) => h('div', null, h('dt', null, name), h('dd', null, value));
    fill(this.head,
      h('div', { class: 'pills' },
        pill(job.status),
        h('span', { class: `pill ${job.assurance === 'Unconfirmed' ? 'warn' : 'plain'}`, title: assurances[job.assurance] }, job.assurance),
        isChanging(this.#details) && h('span', { class: 'pill plain' }, icon('refresh', 14), 'Refreshed automatically')),
      job.assurance === 'Unconfirmed' && h('p', { class: 'muted small' }, assurances.Unconfirmed),
      (job.errorCode || job.errorMessage) && h('div', { class: 'notice bad' }, icon('warning'),
        h('div', null, h('strong', null, job.errorCode ?? 'The provider reports an error'), job.errorMessage && h('p', null, job.errorMessage))),
      h('dl', { class: 'facts' },
        fact('Provider', job.provider),
        job.model && fact('Model', job.model),
        job.providerStatus && fact('Provider status', job.providerStatus),
        fact('Event', job.eventType),
        job.occurredAt && fact('Occurred', time(job.occurredAt, 'long')),
        fact('Updated', time(job.updatedAt, 'long'))));
  }

  #actions() {
    const { provider, jobId } = this.job;
    const again = () => {
      forget(this.job);
      this.#watch(true);
    };
    return h('div', { class: 'actions bar', role: 'group', aria: { label: 'Actions' } },
      button('Fetch files again', 'refresh', () => this.#refetch(again)),
      button(`Recover from ${provider}`, 'search', () => recover(provider, jobId, again)),
      button('Erase …', 'trash', () => erase(provider, this.#details.job.jobId, () => {
        forget(this.job);
        forgetList();
        this.go('#/jobs');
      }), 'plain danger-text'));
  }

  // The newest event with files; if there is none, the newest event.
  #refetch(done) {
    const ended = this.#details.events.filter(event => event.state !== 'Received' && event.state !== 'Downloading');
    const event = ended.find(each => each.state !== 'Recorded') ?? ended[0];
    if (event) {
      refetch(event.space, event.id, done);
    } else {
      toast('The files are still being downloaded.', 'bad');
    }
  }

  #showFiles() {
    const assets = this.#details.assets.toSorted((one, other) => orderOf(one) - orderOf(other));
    const keys = new Set();
    assets.forEach((asset, i) => {
      const key = `${asset.name}\n${asset.assurance === 'Unconfirmed' ? i : ''}`;
      keys.add(key);
      let file = this.#files.get(key);
      if (!file) {
        file = new FileCard(this);
        this.#files.set(key, file);
      }

      file.show(asset, this.#details.linksExpireAt);
      if (this.fileList.children[i] !== file.element) {
        this.fileList.insertBefore(file.element, this.fileList.children[i] ?? null);
      }
    });
    for (const [key, file] of this.#files) {
      if (!keys.has(key)) {
        file.element.remove();
        this.#files.delete(key);
      }
    }

    const none = this.fileList.querySelector('.none');
    if (assets.length === 0 && !none) {
      this.fileList.append(h('p', { class: 'none muted' }, isUnfinished(this.#details.job, this.#details) ? 'No files yet.' : 'This job has no files.'));
    } else if (assets.length > 0) {
      none?.remove();
    }
  }

  #showEvents() {
    const { events, moreEvents } = this.#details;
    const shown = JSON.stringify(events);
    if (shown === this.shownEvents) {
      return;
    }

    this.shownEvents = shown;
    fill(this.eventList, events.map(event => h('li', null,
      h('div', { class: 'event-head' }, h('strong', null, event.type ?? 'Unknown type'), pill(event.state), time(event.receivedAt, 'long')),
      h('p', { class: 'event-id' }, h('span', { class: 'muted' }, event.space), ' ', h('code', { class: 'long' }, event.id)),
      event.completedAt && h('p', { class: 'muted small' }, 'Ended ', time(event.completedAt, 'long')),
      event.outcome && h('p', { class: 'muted small' }, event.notificationsPending > 0
        ? `${count(event.notificationsPending, 'notification')} not accepted yet.` : 'No notification is pending.'),
      h('div', { class: 'actions' },
        button('Raw webhook', 'code', () => showBody(event.space, event.id), 'small-button', { aria: { label: `Raw webhook ${event.id}` } }),
        event.outcome && button('Notifications', 'search', () => this.#showNotifications(event), 'small-button', { aria: { label: `Notifications of ${event.id}` } }),
        event.state !== 'Received' && event.state !== 'Downloading'
          && button('Fetch again', 'refresh', () => refetch(event.space, event.id, () => this.#watch(true)), 'small-button', { aria: { label: `Fetch again ${event.id}` } })))));
    this.more.textContent = moreEvents ? `There are older events than these ${events.length}.` : '';
  }

  async #showNotifications(event) {
    try {
      const { notifications } = await api.event(event.space, event.id, this.#abort.signal);
      const text = JSON.stringify(notifications, null, 2);
      showText('Notifications', 'One for each target and outcome.', text, () => copy(text, 'The notifications were copied.'));
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        toast(error.message, 'bad');
      }
    }
  }

  /** Requests the job again, with new links. */
  async refresh() {
    try {
      await this.#load();
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        toast(error.message, 'bad');
      }
    }
  }

  /** Returns a link to an asset that makes a browser save it. */
  async downloadLink(asset) {
    const { provider, jobId } = this.job;
    const { assets } = await api.job(provider, jobId, { links: 5, download: true }, this.#abort.signal);
    return assets.find(each => each.blob === asset.blob)?.url;
  }

  meaningOf(reason) {
    return Object.hasOwn(this.#meanings, reason ?? '') ? this.#meanings[reason] : null;
  }
}

// Files with a preview come first, then files that can only be downloaded, then missing ones.
const orderOf = asset => asset.state !== 'Stored' ? 2 : kindOf(asset) === 'file' ? 1 : 0;

// Links differ on each request, so they do not count as a change.
const withoutLinks = (name, value) => name === 'url' || name === 'linksExpireAt' ? undefined : value;

/** File of a job. Its preview is not replaced while the file is unchanged, so that a video keeps playing. */
class FileCard {
  #shown = null;

  constructor(view) {
    this.view = view;
    this.frame = h('div', { class: 'frame' });
    this.facts = h('div', { class: 'file-facts' });
    this.element = h('article', { class: 'asset' }, this.frame, this.facts);
  }

  show(asset, expiresAt) {
    Object.assign(this, { asset, expiresAt });
    const shown = `${asset.state} ${asset.blob} ${asset.sha256}`;
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.frame.className = 'frame';
      if (asset.state === 'Stored') {
        preview(this.frame, asset, true, () => this.#renew());
      } else {
        fill(this.frame, placeholder(asset.state === 'Failed' ? 'warning' : asset.state === 'Recorded' ? 'key' : 'clock', null,
          asset.state === 'Failed' ? 'bad' : asset.state === 'Recorded' ? 'quiet' : 'busy'));
      }
    }

    fill(this.facts, h('div', { class: 'file-head' }, h('h3', null, asset.name), pill(asset.state)), asset.state === 'Stored' ? this.#stored() : this.#missing());
  }

  #stored() {
    const { asset } = this;
    const fact = (name, ...value) => h('div', null, h('dt', null, name), h('dd', null, value));
    return [
      h('p', { class: 'muted' }, [extensionOf(asset), asset.contentType, bytes(asset.bytes)].filter(Boolean).join(' · ')),
      h('dl', { class: 'facts small' },
        asset.sha256 && fact('SHA-256', h('code', { class: 'long' }, asset.sha256),
          button(`Copy hash of ${asset.name}`, 'copy', () => copy(asset.sha256, 'The hash was copied.'), 'icon-only', { title: 'Copy hash' })),
        fact('Blob', h('code', { class: 'long' }, asset.blob)),
        asset.assurance === 'Unconfirmed' && fact('Unconfirmed', assurances.Unconfirmed)),
      h('div', { class: 'actions' },
        button('Copy link', 'copy', () => this.#copyLink(), 'plain', { aria: { label: `Copy link to ${asset.name}` } }),
        button('Download', 'download', () => this.#download(), 'plain', { aria: { label: `Download ${asset.name}` } })),
    ];
  }

  #missing() {
    const { asset } = this;
    const meaning = this.view.meaningOf(asset.reason);
    return [
      asset.lastError && h('p', { class: asset.state === 'Failed' ? 'error' : '' }, asset.reason && h('strong', null, `${asset.reason}: `), asset.lastError),
      asset.state === 'Failed' && meaning && h('p', { class: 'muted small' }, meaning.action),
      h('p', { class: 'muted small' },
        asset.attempts > 0 ? count(asset.attempts, 'attempt') : 'No attempt yet',
        asset.nextAttemptAt && [', the next ', fromNow(asset.nextAttemptAt), ' (', time(asset.nextAttemptAt), ')']),
    ];
  }

  // Expired links are requested again, and the preview is renewed.
  #renew() {
    if (!isStale(this.expiresAt)) {
      return false;
    }

    this.#shown = null;
    this.view.refresh();
    return true;
  }

  async #copyLink() {
    if (isStale(this.expiresAt)) {
      await this.view.refresh();
    }

    await copy(this.asset.url, `The link was copied. Anybody who has it can open the file until ${clockOf(this.expiresAt)}.`);
  }

  async #download() {
    try {
      const link = await this.view.downloadLink(this.asset);
      if (link) {
        // The answer is an attachment, so the browser saves it and the page stays.
        h('a', { href: link, rel: 'noreferrer' }).click();
      } else {
        toast('The file no longer exists.', 'bad');
      }
    } catch (error) {
      toast(error.message, 'bad');
    }
  }
}
