// View of all jobs: a grid of previews that grows with scrolling.

import { api, providers, repeat } from './api.js';
import { button, count, fill, h, icon, pill, state, time, toneOf } from './dom.js';
import { forget, isStale, isUnfinished, keyOf, cached, load, viewOf } from './details.js';
import { Grid } from './grid.js';
import { extensionOf, kindOf, placeholder, preview, showReach } from './media.js';
import { showFailure, showLoading } from './states.js';

const pageSize = 100;
const emptyPages = 5;
const statuses = ['Queued', 'Running', 'NeedsAction', 'Succeeded', 'Failed', 'Cancelled', 'Expired', 'Unconfirmed', 'Unknown'];
const spans = [['', 'Any time'], ['1', 'Last hour'], ['24', 'Last 24 hours'], ['168', 'Last 7 days'], ['own', 'Between …']];

// The list and its scroll position when the view was left, so that going back from a job shows the same place.
let savedList = null;

/** Discards the saved list, because a job was removed. */
export function forgetList() {
  savedList = null;
}

/** Shows the jobs that the query in the view's address selects. */
export function showJobs(main, query, go) {
  const list = new JobList(query, go);
  list.showIn(main, savedList?.search === query.toString() ? savedList : null);
  return () => {
    savedList = list.leave();
  };
}

// The requested time range. It stays the same while the list is shown, because a cursor is valid only for its own list.
function spanOf(query) {
  const span = query.get('span');
  const edge = name => {
    const date = new Date(query.get(name) ?? '');
    return span === 'own' && !Number.isNaN(date.getTime()) ? date.toISOString() : null;
  };
  return { since: Number(span) > 0 ? new Date(Date.now() - Number(span) * 3_600_000).toISOString() : edge('from'), until: edge('until') };
}

class JobList {
  #jobs = [];
  #keys = new Map();
  #cursor = null;
  #isLoading = false;
  #emptyInARow = 0;
  #abort = new AbortController();
  #cleanups = [];

  constructor(query, go) {
    Object.assign(this, { query, go });
    this.grid = new Grid({ label: 'Jobs, the newest first', keyOf, create: job => new JobCard(job), onEnd: () => this.#onEnd() });
    this.span = spanOf(query);
    this.status = h('p', { class: 'list-end muted', role: 'status' });
    this.place = h('div', { class: 'list' });
    this.problem = h('div', null);
  }

  showIn(main, before) {
    const reach = h('div', null);
    fill(main, h('div', { class: 'head' }, h('h1', { tabindex: '-1' }, 'Jobs'), this.#filters()), reach, this.place);
    this.#cleanups.push(showReach(reach));
    if (before) {
      this.#add(before.jobs, before.cursor);
      this.#showGrid();
      requestAnimationFrame(() => requestAnimationFrame(() => scrollTo(0, before.scroll)));
      this.#watch();
    } else {
      this.#begin();
    }
  }

  leave() {
    this.#abort.abort();
    this.#cleanups.forEach(end => end());
    const scroll = scrollY;
    this.grid.detach();
    return this.#jobs.length === 0 ? null : { search: this.query.toString(), jobs: this.#jobs, cursor: this.#cursor, scroll };
  }

  #filters() {
    const change = (name, value) => {
      const next = new URLSearchParams(this.query);
      if (value) {
        next.set(name, value);
      } else {
        next.delete(name);
      }

      this.go(`#/jobs${next.size > 0 ? `?${next}` : ''}`);
    };
    const select = (name, label, options, value) => h('label', { class: 'filter' }, h('span', null, label),
      h('select', { onchange: event => change(name, event.target.value), data: { filter: name } },
        options.map(([key, text]) => h('option', { value: key, selected: key === (value ?? '') }, text))));
    const provider = select('provider', 'Provider', [['', 'All']], '');
    this.#fillProviders(provider.querySelector('select'));
    const isOwn = this.query.get('span') === 'own';
    const edge = (name, label) => h('label', { class: 'filter' }, h('span', null, label),
      h('input', { type: 'datetime-local', value: this.query.get(name) ?? '', onchange: event => change(name, event.target.value) }));
    return h('div', { class: 'filters', role: 'group', aria: { label: 'Filters' } },
      provider,
      select('status', 'Status', [['', 'All'], ...statuses.map(name => [name, name === 'NeedsAction' ? 'Needs action' : name])], this.query.get('status')),
      select('span', 'Received', spans, this.query.get('span')),
      isOwn && [edge('from', 'From'), edge('until', 'Until')]);
  }

  async #fillProviders(select) {
    const chosen = this.query.get('provider');
    const add = names => select.append(...names.map(name => h('option', { value: name, selected: name === chosen }, name)));
    try {
      add(await providers());
    } catch {
      // The list itself shows the error. The selection stays.
      add(chosen ? [chosen] : []);
    }
  }

  #request(extra) {
    return { provider: this.query.get('provider'), status: this.query.get('status'), ...this.span, ...extra };
  }

  async #begin() {
    showLoading(this.place, 'Loading the jobs.');
    try {
      const answer = await api.jobs(this.#request({ top: pageSize }), this.#abort.signal);
      this.#add(answer.jobs, answer.cursor);
      this.#showGrid();
      this.#watch();
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        showFailure(this.place, error, () => this.#begin());
      }
    }
  }

  // Returns whether there is something new.
  #add(jobs, cursor) {
    const before = this.#jobs.length;
    for (const job of jobs) {
      const key = keyOf(job);
      if (!this.#keys.has(key)) {
        this.#keys.set(key, this.#jobs.length);
        this.#jobs.push(job);
      }
    }

    this.#cursor = cursor;
    this.#emptyInARow = this.#jobs.length === before ? this.#emptyInARow + 1 : 0;
    return this.#jobs.length > before;
  }

  #showGrid() {
    if (this.#jobs.length === 0 && this.#cursor === null) {
      fill(this.place, this.query.size === 0
        ? state('inbox', 'No jobs yet', 'A job is shown here as soon as its first webhook is received. Register the app’s webhook URLs with the providers, or send a sample: “dotnet run --project tests/LocalHost -- send sync COMPLETED”.')
        : state('search', 'No matching job', 'No job of the last 30 days matches these filters.', button('Clear the filters', 'cross', () => this.go('#/jobs'), 'primary')));
      this.#showStatus();
      return;
    }

    if (!this.grid.element.isConnected) {
      fill(this.place, this.grid.element, this.problem, this.status);
      this.grid.attach();
    }

    this.grid.show(this.#jobs, this.#cursor !== null);
    this.#showStatus();
  }

  #showStatus() {
    fill(this.status, this.#isLoading ? 'Loading more …'
      : this.#cursor === null ? `${count(this.#jobs.length, 'job')}. That is all of the last 30 days.`
      : this.#emptyInARow >= emptyPages ? [`${count(this.#jobs.length, 'job')} so far. `, button('Search further back', 'search', () => this.#searchFurther())]
      : `${count(this.#jobs.length, 'job')} so far.`);
  }

  #searchFurther() {
    this.#emptyInARow = 0;
    this.#more();
  }

  #onEnd() {
    if (this.#cursor !== null && this.#emptyInARow < emptyPages && !this.problem.hasChildNodes()) {
      this.#more();
    }
  }

  async #more() {
    if (this.#isLoading) {
      return;
    }

    this.#isLoading = true;
    this.#showStatus();
    try {
      const answer = await api.jobs(this.#request({ top: pageSize, cursor: this.#cursor }), this.#abort.signal);
      this.#isLoading = false;
      this.#add(answer.jobs, answer.cursor);
      this.#showGrid();
    } catch (error) {
      if (this.#abort.signal.aborted) {
        return;
      }

      this.#isLoading = false;
      this.#showStatus();
      showFailure(this.problem, error, () => {
        fill(this.problem);
        this.#more();
      });
    }
  }

  // Adds new jobs at the top and updates known ones. The scroll position stays.
  #watch() {
    this.#cleanups.push(repeat(async () => {
      const { jobs } = await api.jobs(this.#request({ top: 20 }), this.#abort.signal);
      const news = jobs.filter(job => this.#jobs[this.#keys.get(keyOf(job))]?.updatedAt !== job.updatedAt);
      if (news.length === 0) {
        return false;
      }

      const fresh = new Set(news.map(keyOf));
      const stay = this.#jobs.filter(job => !fresh.has(keyOf(job)));
      const added = news.filter(job => !this.#keys.has(keyOf(job))).length;
      news.forEach(job => forget(job));
      this.#keys.clear();
      this.#jobs = [];
      const { element } = this.grid;
      const before = element.isConnected ? element.clientHeight : 0;
      this.#add([...news, ...stay], this.#cursor);
      this.#showGrid();
      if (added > 0 && scrollY > 400) {
        requestAnimationFrame(() => requestAnimationFrame(() => scrollBy(0, Math.max(0, element.clientHeight - before))));
      }

      return true;
    }, { first: 4000, longest: 60_000 }));
  }
}

const errorText = job => job.errorMessage ?? job.errorCode ?? job.providerStatus;

/** Card of a job in the grid. Its files are requested when the card is created, which is when it becomes visible. */
class JobCard {
  #abort = new AbortController();
  #stopPolling = null;
  #shown = null;
  #details = null;

  constructor(job) {
    this.job = job;
    this.frame = h('div', { class: 'frame' });
    this.badge = h('div', { class: 'badges' });
    this.title = h('a', { class: 'card-title' });
    this.line = h('p', { class: 'card-line' });
    this.foot = h('p', { class: 'card-foot' });
    this.element = h('div', { class: 'card' }, this.frame, this.badge, h('div', { class: 'card-body' }, this.title, this.line, this.foot));
    this.#showJob();
    // Scrolling past a card does not request its files.
    const delay = setTimeout(() => this.#loadDetails(), 120);
    this.#abort.signal.addEventListener('abort', () => clearTimeout(delay));
    const details = cached(job);
    if (details) {
      this.#showDetails(details);
    } else {
      fill(this.frame, this.#isWithoutFiles() ? this.#placeholder() : h('div', { class: 'shimmer' }));
    }
  }

  update(job) {
    if (job === this.job) {
      return;
    }

    this.job = job;
    this.#showJob();
    this.#loadDetails();
  }

  remove() {
    this.#abort.abort();
    this.#stopPolling?.();
  }

  #isWithoutFiles() {
    return toneOf(this.job.status) === 'bad' || this.job.status === 'Cancelled';
  }

  #showJob() {
    const { job } = this;
    this.title.href = viewOf(job.provider, job.jobId);
    this.title.title = job.jobId;
    this.title.textContent = job.jobId.split('/').filter(Boolean).pop() ?? job.jobId;
    fill(this.line, h('span', { class: 'provider' }, job.provider), job.model && h('span', { class: 'model' }, job.model));
    fill(this.foot, pill(job.status), time(job.occurredAt ?? job.updatedAt, 'brief'));
  }

  async #loadDetails() {
    if (cached(this.job)) {
      this.#watch();
      return;
    }

    try {
      this.#showDetails(await load(this.job, this.#abort.signal, this.element));
      this.#watch();
    } catch (error) {
      if (!this.#abort.signal.aborted && this.#details === null) {
        fill(this.frame, placeholder('warning', error.kind === 'notFound' ? 'Erased' : 'Its files cannot be listed at present', 'quiet'));
        if (error.kind === 'unavailable' || error.kind === 'offline') {
          this.#stopPolling ??= repeat(() => this.#poll(), { first: 5000, longest: 60_000 });
        }
      }
    }
  }

  #watch() {
    if (this.#stopPolling || !isUnfinished(this.job, this.#details)) {
      return;
    }

    this.#stopPolling = repeat(() => this.#poll(), { first: 2500, longest: 60_000 });
  }

  // For repeat: returns whether something changed, or null once nothing will change any more.
  async #poll() {
    const before = JSON.stringify([this.#details?.job, this.#details?.assets?.map(asset => asset.state)]);
    const details = await load(this.job, this.#abort.signal, this.element);
    this.#showDetails(details);
    if (!isUnfinished(details.job, details)) {
      this.#stopPolling = null;
      return null;
    }

    return before !== JSON.stringify([details.job, details.assets.map(asset => asset.state)]);
  }

  // An expired link is requested again, once.
  #renew(expiresAt) {
    if (!isStale(expiresAt)) {
      return false;
    }

    this.#shown = null;
    this.#loadDetails();
    return true;
  }

  #showDetails(details) {
    this.#details = details;
    if (details.job.status !== this.job.status || details.job.updatedAt !== this.job.updatedAt) {
      this.job = { ...this.job, ...details.job };
      this.#showJob();
    }

    const { assets } = details;
    const stored = assets.filter(asset => asset.state === 'Stored');
    // A video is preferred to its thumbnail, and both to a document.
    const order = ['video', 'image', 'audio', 'file'];
    const best = stored.toSorted((one, other) => order.indexOf(kindOf(one)) - order.indexOf(kindOf(other)))[0];
    const shown = best?.blob ?? `${this.job.status} ${assets.map(asset => asset.state)}`;
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.frame.className = 'frame';
      if (best) {
        preview(this.frame, best, false, () => this.#renew(details.linksExpireAt));
      } else {
        fill(this.frame, this.#placeholder(assets));
      }
    }

    const open = assets.filter(asset => ['Pending', 'Downloading', 'Retrying'].includes(asset.state)).length;
    const failed = assets.filter(asset => asset.state === 'Failed').length;
    fill(this.badge,
      stored.length > 1 && h('span', { class: 'badge' }, count(stored.length, 'file')),
      best && kindOf(best) !== 'file' && extensionOf(best) && h('span', { class: 'badge' }, extensionOf(best)),
      open > 0 && h('span', { class: 'badge busy' }, icon('clock', 14), `${open} in progress`),
      failed > 0 && h('span', { class: 'badge bad' }, icon('warning', 14), `${failed} failed`));
  }

  // The placeholder if there is no file.
  #placeholder(assets = []) {
    const { job } = this;
    const failed = assets.find(asset => asset.state === 'Failed');
    if (this.#isWithoutFiles() || failed) {
      return placeholder(job.status === 'Cancelled' ? 'cross' : 'warning', failed ? `${failed.reason ?? 'Failed'}: ${failed.lastError ?? failed.name}` : errorText(job) ?? job.status,
        job.status === 'Cancelled' ? 'quiet' : 'bad');
    }

    const waiting = assets.find(asset => asset.state === 'Recorded');
    return isUnfinished(job, this.#details) ? placeholder('clock', assets.length > 0 ? 'Downloading files' : 'In progress', 'busy')
      : waiting ? placeholder('key', waiting.lastError ?? 'Not downloaded', 'quiet')
      : placeholder('inbox', 'No files', 'quiet');
  }
}
