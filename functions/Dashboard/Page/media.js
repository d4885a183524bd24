// Previews of stored files, by the links from the API.

import { button, fill, h, icon } from './dom.js';

// The kind of a file, by its content type. HTML and SVG can contain scripts, so they are only offered for download.
const kinds = [
  [/^image\/(?!svg)/i, 'image'],
  [/^video\//i, 'video'],
  [/^audio\//i, 'audio'],
];

/** Returns image, video, audio or file. */
export function kindOf(asset) {
  const type = asset?.contentType ?? '';
  return kinds.find(([pattern]) => pattern.test(type))?.[1] ?? 'file';
}

/** Returns the extension of a file in capitals, at most five letters; null if it has none. */
export function extensionOf(asset) {
  const name = (asset.blob ?? asset.name ?? '').split('/').pop();
  const found = /\.([A-Za-z0-9]{1,5})$/.exec(name);
  return found ? found[1].toUpperCase() : null;
}

/** Whether the browser can reach the storage account. It cannot if the account is in a private network, and every preview fails. */
const reach = { hasLoaded: false, hasFailed: false, host: '' };
const listeners = new Set();

/** Calls back at once, and whenever it changes whether previews can be loaded. Returns a function that ends it. */
export function onReach(listener) {
  listeners.add(listener);
  listener(isOutOfReach());
  return () => listeners.delete(listener);
}

const isOutOfReach = () => reach.hasFailed && !reach.hasLoaded;

function report(hasLoaded, address) {
  const before = isOutOfReach();
  reach.host = new URL(address).host;
  reach.hasLoaded ||= hasLoaded;
  reach.hasFailed ||= !hasLoaded;
  if (before !== isOutOfReach()) {
    listeners.forEach(listener => listener(isOutOfReach()));
  }
}

/** Creates the notice above a view while no preview can be loaded. */
export function reachNotice() {
  return h('div', { class: 'notice warn', role: 'status' }, icon('plug'),
    h('div', null,
      h('strong', null, 'Previews cannot be loaded'),
      h('p', null, `This browser cannot reach the storage account at ${reach.host}. If the account is in a private network, open this page inside that network, for example by a VPN. `
        + 'Everything else on this page works.')));
}

/** Shows a notice while the storage account cannot be reached. Returns a function that ends it. */
export function showReach(place) {
  return onReach(isOut => fill(place, isOut && reachNotice()));
}

/** Creates a placeholder for a preview: an icon and a text. */
export function placeholder(iconName, text, tone = '', more = null) {
  return h('div', { class: `placeholder ${tone}` }, icon(iconName, 30), text && h('span', { class: 'placeholder-text' }, text), more);
}

function failed(frame, kind, address, renew) {
  // An expired link fails in the same way as an unreachable account.
  if (renew?.()) {
    return;
  }

  report(false, address);
  fill(frame, placeholder(kind, isOutOfReach() ? 'Not reachable from this browser' : 'No preview: the file does not exist, or this browser cannot show it'));
}

/**
 * Shows the preview of a stored file in a frame.
 * @param frame the element.
 * @param asset the asset, with its link.
 * @param isLarge whether it is the file's own view, with controls, as opposed to a card.
 * @param renew called when the link fails; returns whether it requests a new one.
 */
export function preview(frame, asset, isLarge, renew) {
  const kind = kindOf(asset);
  const label = `${asset.name} (${asset.contentType ?? 'unknown type'})`;
  frame.classList.add('preview', kind);
  if (!asset.url || kind === 'file') {
    fill(frame, placeholder('file', extensionOf(asset) ?? 'File', 'quiet', !isLarge && h('span', { class: 'file-name' }, asset.name)));
    return;
  }

  if (kind === 'image') {
    fill(frame, h('img', {
      src: asset.url, alt: `Picture ${label}`, loading: 'lazy', decoding: 'async',
      onload: () => report(true, asset.url),
      onerror: () => failed(frame, kind, asset.url, renew),
    }));
    return;
  }

  const player = h(kind, {
    // The fragment makes browsers draw the first frame, which is the poster.
    src: kind === 'video' ? `${asset.url}#t=0.05` : asset.url,
    preload: kind === 'video' || isLarge ? 'metadata' : 'none',
    controls: isLarge || kind === 'audio',
    muted: kind === 'video' && !isLarge,
    playsinline: true,
    aria: { label: `${kind === 'video' ? 'Video' : 'Audio'} ${label}` },
    onloadedmetadata: () => {
      report(true, asset.url);
      if (length) {
        length.textContent = duration(player.duration);
      }
    },
    onerror: () => failed(frame, kind, asset.url, renew),
  });
  const length = kind === 'video' && !isLarge ? h('span', { class: 'length' }) : null;
  fill(frame, kind === 'audio' && placeholder('audio', null, 'sound'), player, length,
    length && button(`Play ${asset.name}`, 'play', event => start(event.currentTarget, player, length), 'play'));
}

function start(play, player, length) {
  play.remove();
  length.remove();
  player.controls = true;
  player.muted = false;
  player.focus();
  player.play().catch(() => {
    // The browser waits for the user to press play, or the file failed, which its own event reports.
  });
}

function duration(seconds) {
  if (!Number.isFinite(seconds)) {
    return '';
  }

  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
