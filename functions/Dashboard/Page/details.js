// What is known of single jobs: asked for when a card comes into sight, kept while its links hold.

import { api, inTurn } from './api.js';

const linkMinutes = 60;
const most = 400;
const margin = 5 * 60_000;
const kept = new Map();

/** The key of a job among all. */
export const keyOf = job => `${job.provider}\n${job.jobId}`;

/** The address of a job's view. */
export const viewOf = (provider, jobId) => `#/jobs/${encodeURIComponent(provider)}?id=${encodeURIComponent(jobId)}`;

/** Whether links that expire then are not to be used any more. */
export const isStale = expiresAt => expiresAt !== null && new Date(expiresAt).getTime() - Date.now() < margin;

/** The job's details, if they are known and their links hold. */
export function known(job) {
  const found = kept.get(keyOf(job));
  return found && !isStale(found.linksExpireAt) ? found : null;
}

/** Asks for the job's details, in its turn: those of an element in sight come first. */
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

/** Forgets what is known of all jobs, or of one. */
export function forget(job) {
  if (job) {
    kept.delete(keyOf(job));
  } else {
    kept.clear();
  }
}

const final = ['Succeeded', 'Failed', 'Cancelled', 'Expired', 'Unconfirmed'];
const underWay = ['Pending', 'Downloading', 'Retrying'];

/** Whether a job has not ended: its provider or this app still works on it. Without details it is the provider's word alone. */
export const isUnfinished = (job, details) =>
  !final.includes(job.status)
  || (details?.assets ?? []).some(asset => underWay.includes(asset.state))
  || (details?.events ?? []).some(event => event.state === 'Received' || event.state === 'Downloading');
