// Client of the app's JSON API (openapi.json) that adds the key.

import { h } from './dom.js';

const base = new URL('../', document.baseURI);
const keyName = 'function-key';
const timeLimit = 30_000;

/** Error for a request without a usable answer. */
export class ApiError extends Error {
  /**
   * @param kind unauthorized, forbidden, notFound, rejected (400, 409), unavailable, offline, or unexpected (a response that the API does not define).
   */
  constructor(kind, message, details = {}) {
    super(message);
    Object.assign(this, { kind, unavailable: {}, retryAfter: null }, details);
  }
}

/** The key for reading. It is kept only in this tab, and sent as a header. */
export const session = {
  // Whether the app accepts reading without a key. Writing then needs none either, as with the local host.
  isOpen: false,

  get key() {
    return sessionStorage.getItem(keyName);
  },

  set key(value) {
    if (value) {
      sessionStorage.setItem(keyName, value);
    } else {
      sessionStorage.removeItem(keyName);
    }
  },
};

/** Returns whether a text can be a key, which contains only characters that a header can carry. */
export const isKey = text => /^[\x21-\x7e]+$/.test(text);

/**
 * Sends a request to the API, and returns the response.
 * @param path the path below the API's root, its segments encoded.
 * @param options query, method, body, key (the master key, if the operation needs it), signal, accept (statuses other than 2xx that are no error), text (the response is not JSON).
 */
export async function request(path, options = {}) {
  const address = new URL(path, base);
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== null && value !== undefined && value !== '') {
      address.searchParams.set(name, value);
    }
  }

  const key = options.key ?? session.key;
  const limit = AbortSignal.timeout(timeLimit);
  let response;
  let text;
  try {
    response = await fetch(address, {
      method: options.method ?? 'GET',
      headers: {
        ...(key ? { 'x-functions-key': key } : {}),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    });
    text = await response.text();
  } catch (error) {
    if (options.signal?.aborted) {
      throw error;
    }

    throw limit.aborted
      ? new ApiError('unavailable', `The app did not answer within ${timeLimit / 1000} seconds.`)
      : new ApiError('offline', 'The app cannot be reached. Check your connection, and whether the app is running.');
  }

  if (response.ok || options.accept?.includes(response.status)) {
    session.isOpen ||= !key;
    return options.text ? text : parse(text);
  }

  throw failure(response, text);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('unexpected', 'The response is not JSON. It may come from a proxy in front of the app.');
  }
}

function failure(response, text) {
  let problem = {};
  try {
    problem = JSON.parse(text) ?? {};
  } catch {
    // The Functions host answers with an empty body, and a proxy with its own page.
  }

  const detail = typeof problem.detail === 'string' ? problem.detail : null;
  switch (response.status) {
    case 401:
      return new ApiError('unauthorized', 'The key is missing or wrong.');
    case 403:
      return new ApiError('forbidden', 'The app accepts this request only from its own machine.');
    case 404:
      return new ApiError('notFound', detail ?? 'The requested resource does not exist.');
    case 400:
    case 409:
      return new ApiError('rejected', detail ?? 'The app rejected the request.');
    case 429:
    case 502:
    case 503:
    case 504:
      return new ApiError('unavailable', detail ?? `The app is currently unavailable (HTTP ${response.status}).`, {
        unavailable: problem.unavailable ?? {},
        retryAfter: Number(response.headers.get('retry-after')) || null,
      });
    default:
      return new ApiError('unexpected', detail ?? `The app answered with HTTP ${response.status}.`);
  }
}

const segment = encodeURIComponent;

/** The operations of openapi.json that the page uses. */
export const api = {
  jobs: (query, signal) => request('jobs', { query, signal }),
  job: (provider, id, query, signal) => request(`jobs/${segment(provider)}`, { query: { id, ...query }, signal }),
  erase: (provider, id, key) => request(`jobs/${segment(provider)}`, { method: 'DELETE', query: { id }, key }),
  recover: (provider, jobIds, key) => request(`webhooks/${segment(provider)}/recover`, { method: 'POST', body: { jobIds }, key }),
  failedEvents: (cursor, signal) => request('events', { query: { state: 'failed', top: 100, cursor }, signal }),
  event: (space, id, signal) => request(`events/${segment(space)}`, { query: { id }, signal }),
  body: (space, id, key) => request(`events/${segment(space)}/body`, { query: { id }, key, text: true }),
  refetch: (space, id, key) => request(`events/${segment(space)}/refetch`, { method: 'POST', query: { id }, key }),
  deadLetters: (queue, cursor, signal) => request(`dead-letters/${segment(queue)}`, { query: { cursor }, signal }),
  replay: (queue, body, key) => request(`dead-letters/${segment(queue)}/replay`, { method: 'POST', body, key }),
  // A 503 contains the report too.
  health: signal => request('health/details', { signal, accept: [503] }),
};

let knownProviders;

/** Returns the names of all providers that the app knows, on or off. */
export async function providers() {
  const report = knownProviders ?? await api.health();
  if (!report?.providers) {
    throw new ApiError('unavailable', report?.detail ?? 'The app did not report its health.');
  }

  knownProviders = report;
  return Object.keys(report.providers);
}

/** Returns the meaning of the reasons of failures, from the operators' page. */
export async function reasons() {
  const answer = await fetch(new URL('reasons.json', document.baseURI));
  return answer.ok ? await answer.json() : {};
}

const waiting = [];
let running = 0;
const atOnce = 6;

/**
 * Queues work and runs six pieces at a time, because browsers have six connections to a host. Work for visible elements comes first, from the top.
 * Work whose signal is aborted before its turn is dropped.
 */
export function inTurn(work, signal, element) {
  return new Promise((resolve, reject) => {
    waiting.push({ work, signal, element, resolve, reject });
    runNext();
  });
}

function runNext() {
  while (running < atOnce && waiting.length > 0) {
    const { work, signal, resolve, reject } = takeNext();
    if (signal?.aborted) {
      reject(signal.reason);
      continue;
    }

    running++;
    work().then(resolve, reject).finally(() => {
      running--;
      runNext();
    });
  }
}

function takeNext() {
  const ranks = waiting.map(({ element }) => rank(element));
  return waiting.splice(ranks.indexOf(Math.min(...ranks)), 1)[0];
}

function rank(element) {
  if (!element) {
    return -1;
  }

  const { top, bottom, left } = element.getBoundingClientRect();
  const beyond = bottom < 0 ? -bottom : Math.max(0, top - innerHeight);
  return beyond > 0 ? 1e7 + beyond : Math.max(0, top) * 10 + left / 1000;
}

/**
 * Repeats work with growing waits, but not while the page is hidden. Work returns true if something changed, which makes the waits short again,
 * false if nothing changed, and null to end.
 * @returns a function that ends it.
 */
export function repeat(work, { first, longest, factor = 1.6 }) {
  let [wait, timer, ended, isRunning] = [first, null, false, false];

  const plan = () => {
    clearTimeout(timer);
    if (!ended && !isRunning && document.visibilityState === 'visible') {
      timer = setTimeout(run, wait);
    }
  };
  const run = async () => {
    isRunning = true;
    let changed = false;
    try {
      changed = await work();
    } catch {
      // The view shows an error only of its first request. After an error the next repetition waits longer.
    }

    isRunning = false;
    if (changed === null) {
      end();
      return;
    }

    wait = changed ? first : Math.min(longest, wait * factor);
    plan();
  };
  const onVisibility = () => {
    wait = first;
    plan();
  };
  const end = () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisibility);
  };

  document.addEventListener('visibilitychange', onVisibility);
  plan();
  return end;
}

/** Creates a line that says, after some seconds, that the answer is slow. It is part of a loading state and is removed with it. */
export function slowNotice(text = 'Still waiting for an answer. A deployment that was idle takes some seconds to start.') {
  const notice = h('p', { class: 'slow muted', role: 'status' });
  setTimeout(() => {
    if (notice.isConnected) {
      notice.textContent = text;
    }
  }, 3000);
  return notice;
}
