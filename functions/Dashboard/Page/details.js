// Cache of the details of jobs, which are requested when a card becomes visible and kept while their links are valid.

import { api, inTurn } from './api.js';

const linkMinutes = 60;
const maxEntries = 400;
const margin = 5 * 60_000;
const cache = new Map();

/** Returns the key of a job in the cache. */
export const keyOf = job => `${job.provider}\n${job.jobId}`;

/** Returns the address of a job's view. */
export const viewOf = (provider, jobId) => `#/jobs/${encodeURIComponent(provider)}?id=${encodeURIComponent(jobId)}`;

/** Returns whether links with that expiry must not be used any more. */
export const isStale = expiresAt => expiresAt !== null && new Date(expiresAt).getTime() - Date.now() < margin;

/** Returns the job's details, if they are cached and their links are valid. */
export function cached(job) {
  const found = cache.get(keyOf(job));
  return found && !isStale(found.linksExpireAt) ? found : null;
}

/** Requests the job's details. Those of visible elements come first. */
export async function load(job, signal, element) {
  const details = await inTurn(() => api.job(job.provider, job.jobId, { links: linkMinutes }, signal), signal, element);
  const key = keyOf(job);
  cache.delete(key);
  cache.set(key, details);
  if (cache.size > maxEntries) {
    cache.delete(cache.keys().next().value);
  }

  return details;
}

/** Removes the details of all jobs, or of one, from the cache. */
export function forget(job) {
  if (job) {
    cache.delete(keyOf(job));
  } else {
    cache.clear();
  }
}

const finalStatuses = ['Succeeded', 'Failed', 'Cancelled', 'Expired', 'Unconfirmed'];
const unfinishedStates = ['Pending', 'Downloading', 'Retrying'];

/** Returns whether a job has not ended: its provider or this app still works on it. Without details, only the provider's status decides. */
export const isUnfinished = (job, details) =>
  !finalStatuses.includes(job.status)
  || (details?.assets ?? []).some(asset => unfinishedStates.includes(asset.state))
  || (details?.events ?? []).some(event => event.state === 'Received' || event.state === 'Downloading');

/** Returns whether a job's details can change by themselves: it has not ended, or not every target has accepted its notification. */
export const isChanging = details =>
  isUnfinished(details.job, details) || details.events.some(event => event.notificationsPending > 0);
