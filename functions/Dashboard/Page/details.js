// Cache of the details of jobs, which are requested when a card becomes visible and kept while their links are valid.

import { api, inTurn } from './api.js';

const linkMinutes = 60;
const most = 400;
const margin = 5 * 60_000;
const kept = new Map();

/** Returns the key of a job in the cache. */
export const keyOf = job => `${job.provider}\n${job.jobId}`;

/** Returns the address of a job's view. */
export const viewOf = (provider, jobId) => `#/jobs/${encodeURIComponent(provider)}?id=${encodeURIComponent(jobId)}`;

/** Returns whether links with that expiry must not be used any more. */
export const isStale = expiresAt => expiresAt !== null && new Date(expiresAt).getTime() - Date.now() < margin;

/** Returns the job's details, if they are cached and their links are valid. */
export function known(job) {
  const found = kept.get(keyOf(job));
  return found && !isStale(found.linksExpireAt) ? found : null;
}

/** Requests the job's details. Those of visible elements come first. */
export async function load(job, signal, element) {
  const details = await inTurn(() => api.job(job.provider, job.jobId, { links: linkMinutes }, signal), signal, element);
  const key = keyOf(job);
  kept.delete(key);
  kept.set(key, details);
  if (kept.size > most) {
    kept.delete(kept.keys().next().value);
  }

  return details;
}

/** Removes the details of all jobs, or of one, from the cache. */
export function forget(job) {
  if (job) {
    kept.delete(keyOf(job));
  } else {
    kept.clear();
  }
}

const final = ['Succeeded', 'Failed', 'Cancelled', 'Expired', 'Unconfirmed'];
const underWay = ['Pending', 'Downloading', 'Retrying'];

/** Returns whether a job has not ended: its provider or this app still works on it. Without details, only the provider's status decides. */
export const isUnfinished = (job, details) =>
  !final.includes(job.status)
  || (details?.assets ?? []).some(asset => underWay.includes(asset.state))
  || (details?.events ?? []).some(event => event.state === 'Received' || event.state === 'Downloading');
