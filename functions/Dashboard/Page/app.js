// The page's frame: which view is shown, the search for a job, and the key.

import { recover } from './actions.js';
import { api, providers, session } from './api.js';
import { button, fill, h, state } from './dom.js';
import { forget, viewOf } from './details.js';
import { showFailures } from './failures.js';
import { showHealth } from './health.js';
import { showJob } from './job.js';
import { showJobs } from './jobs.js';
import { showFailure, showKeyForm, showLoading } from './states.js';

const main = document.getElementById('main');
const search = document.getElementById('search-id');
const forgetKey = document.getElementById('forget-key');
let leave = () => {};
let isFirst = true;

const go = address => {
  if (location.hash === address) {
    show();
  } else {
    location.hash = address;
  }
};

function show() {
  const [path, text = ''] = location.hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const query = new URLSearchParams(text);
  const [view, provider] = path.split('/');
  leave();
  leave = () => {};
  if (view === 'jobs' && provider && query.get('id')) {
    leave = showJob(main, decode(provider), query.get('id'), go);
    setTitle('Job', 'jobs');
  } else if (view === 'failures') {
    leave = showFailures(main);
    setTitle('Failures', 'failures');
  } else if (view === 'health') {
    leave = showHealth(main);
    setTitle('Health', 'health');
  } else if (view === 'search' && query.get('id')) {
    leave = showSearch(query.get('id'));
    setTitle('Search', null);
  } else {
    leave = showJobs(main, query, go);
    setTitle('Jobs', 'jobs');
  }

  // After a link was followed, a screen reader begins at the new view.
  if (!isFirst) {
    if (view !== 'jobs' || provider) {
      scrollTo(0, 0);
    }

    main.querySelector('h1')?.focus({ preventScroll: true });
  }

  isFirst = false;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function setTitle(title, view) {
  document.title = `${title} · WebhookFunctions`;
  for (const link of document.querySelectorAll('.tabs a')) {
    if (link.dataset.view === view) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
}

// A job's id does not name its provider, so every provider is searched.
function showSearch(id) {
  const abort = new AbortController();
  const place = h('div', null);
  fill(main, h('div', { class: 'head' }, h('h1', { tabindex: '-1' }, 'Search')), place);
  const run = async () => {
    showLoading(place, 'Searching for the job.', 'rows');
    try {
      const names = await providers();
      const found = (await Promise.all(names.map(async name => {
        try {
          return { name, details: await api.job(name, id, {}, abort.signal) };
        } catch (error) {
          if (error.kind === 'notFound') {
            return null;
          }

          throw error;
        }
      }))).filter(Boolean);
      if (abort.signal.aborted) {
        return;
      }

      if (found.length === 1) {
        location.replace(viewOf(found[0].name, found[0].details.job.jobId));
      } else if (found.length > 1) {
        fill(place, h('p', null, 'More than one provider has a job with this id.'),
          h('ul', { class: 'choices' }, found.map(each => h('li', null, h('a', { href: viewOf(each.name, each.details.job.jobId) }, `${each.name}: ${each.details.job.jobId}`)))));
      } else {
        fill(place, state('search', 'No job has this id', `No webhook of job “${id}” was received. If a webhook was lost, the job can be recovered from the provider’s API.`,
          names.map(name => button(`Recover from ${name}`, 'refresh', () => recover(name, id, () => go(viewOf(name, id)))))));
      }
    } catch (error) {
      if (!abort.signal.aborted) {
        showFailure(place, error, run);
      }
    }
  };
  run();
  return () => abort.abort();
}

document.getElementById('search').addEventListener('submit', event => {
  event.preventDefault();
  const id = search.value.trim();
  if (id !== '') {
    go(`#/search?id=${encodeURIComponent(id)}`);
  }
});

const showKey = () => {
  forgetKey.hidden = session.key === null;
};
document.addEventListener('keychange', showKey);
forgetKey.addEventListener('click', () => {
  session.key = null;
  session.isOpen = false;
  forget();
  leave();
  leave = () => {};
  showKeyForm(main, show);
});
// The fragment belongs to the view, so the link to the content only moves the focus.
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', show);
showKey();
show();
