// Building blocks of the page. Every text becomes a text node, so no string can become markup.

const svgNamespace = 'http://www.w3.org/2000/svg';

/**
 * Creates an element. A property that begins with "on" is a listener, "data" and "aria" are objects of attributes, null and false leave an attribute out.
 * Children are nodes or texts; null and false are skipped.
 */
export function h(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) {
      continue;
    }

    if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else if (key === 'class') {
      element.className = value;
    } else if (key === 'data' || key === 'aria') {
      for (const [attribute, text] of Object.entries(value)) {
        if (text !== null && text !== undefined) {
          element.setAttribute(`${key}-${attribute}`, String(text));
        }
      }
    } else if (key === 'value' || key === 'muted' || key === 'checked') {
      element[key] = value;
    } else {
      element.setAttribute(key, value === true ? '' : String(value));
    }
  }

  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child);
    }
  }
}

/** Replaces all children. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

const paths = {
  play: 'M8 5.5v13l10.5-6.5z',
  video: 'M4 6.5h11v11H4zM15 10.5l5-3v9l-5-3',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.2a.7.7 0 1 0 0 .1',
  audio: 'M4 10v4M8 6.5v11M12 9v6M16 4.5v15M20 10v4',
  file: 'M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  download: 'M12 4v11M7 10.5l5 5 5-5M4.5 20h15',
  refresh: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 3.5v4h-4',
  back: 'M14.5 5.5L8 12l6.5 6.5',
  warning: 'M12 4L2.8 19.5h18.4zM12 10v4.5M12 17v.2',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 7.5V12l3 2',
  check: 'M5 12.5l4.5 4.5L19 7',
  cross: 'M6 6l12 12M18 6L6 18',
  key: 'M14.5 9.5a4 4 0 1 0-2.8 3.8l1.3 1.2h2v2h2v2h3v-3l-5.7-5.2z',
  inbox: 'M4 13l2.5-8h11L20 13v6H4zM4 13h4.5l1.5 2.5h4l1.5-2.5H20',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5L20 20',
  code: 'M8.5 7L3.5 12l5 5M15.5 7l5 5-5 5',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13',
  plug: 'M9 3.5V8M15 3.5V8M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0zM12 17v3.5',
};

/** Creates an icon that is hidden from screen readers. */
export function icon(name, size = 20) {
  const svg = document.createElementNS(svgNamespace, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', width: size, height: size, class: 'icon', 'aria-hidden': 'true' })) {
    svg.setAttribute(key, value);
  }

  const path = document.createElementNS(svgNamespace, 'path');
  path.setAttribute('d', paths[name] ?? paths.file);
  svg.append(path);
  return svg;
}

const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const dayAndMinute = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const dayOnly = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const minute = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** Creates an element with a time in the reader's zone, with UTC in its title: long, short, or brief, which is its minute or its day. */
export function time(iso, form = 'short') {
  const date = new Date(iso);
  if (!iso || Number.isNaN(date.getTime())) {
    return h('span', { class: 'muted' }, '–');
  }

  const shown = form === 'long' ? dateAndTime.format(date)
    : form === 'brief' ? (isToday(date) ? minute : dayOnly).format(date)
    : isToday(date) ? `Today, ${minute.format(date)}` : dayAndMinute.format(date);
  return h('time', { datetime: date.toISOString(), title: `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC` }, shown);
}

/** Returns the distance of a time from now, such as "in 4 minutes". */
export function fromNow(iso) {
  const seconds = (new Date(iso).getTime() - Date.now()) / 1000;
  if (Number.isNaN(seconds)) {
    return 'at an unknown time';
  }

  const [amount, unit] = Math.abs(seconds) < 90 ? [seconds, 'second'] : Math.abs(seconds) < 5400 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour'];
  return relative.format(Math.round(amount), unit);
}

/** Returns the hour and minute of a time in the reader's zone. */
export function clockOf(iso) {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? 'an unknown time' : minute.format(date);
}

function isToday(date) {
  return date.toDateString() === new Date().toDateString();
}

/** Returns a number of bytes in a readable unit. */
export function bytes(count) {
  if (count === null || count === undefined) {
    return '–';
  }

  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let [value, unit] = [Number(count), 0];
  while (value >= 1000 && unit < units.length - 1) {
    [value, unit] = [value / 1000, unit + 1];
  }

  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Returns a number with its noun. */
export const count = (number, one, many = `${one}s`) => `${number.toLocaleString('en')} ${number === 1 ? one : many}`;

const statuses = {
  Succeeded: 'good', Completed: 'good', Stored: 'good', ok: 'good',
  Failed: 'bad', CompletedWithFailures: 'bad', Expired: 'bad', bad: 'bad',
  Cancelled: 'idle', Recorded: 'idle', off: 'idle', Unknown: 'idle',
  Unconfirmed: 'warn', NeedsAction: 'warn', Retrying: 'warn', weak: 'warn',
};
const names = { NeedsAction: 'Needs action', CompletedWithFailures: 'Completed with failures', ok: 'On', off: 'Off', weak: 'Weak', bad: 'Misconfigured' };

/** Returns the tone of a status: good, bad, warn, idle, or busy if it is not final. */
export const toneOf = status => Object.hasOwn(statuses, status) ? statuses[status] : 'busy';

/** Creates a pill for a status. */
export function pill(status, text = Object.hasOwn(names, status) ? names[status] : status) {
  return h('span', { class: `pill ${toneOf(status)}` }, h('span', { class: 'dot', aria: { hidden: 'true' } }), text);
}

/** Shows a short message for some seconds, also to screen readers. */
export function toast(text, tone = 'good') {
  const element = h('div', { class: `toast ${tone}` }, icon(tone === 'good' ? 'check' : 'warning'), h('span', null, text));
  const all = document.getElementById('toasts');
  all.append(element);
  while (all.children.length > 3) {
    all.firstElementChild.remove();
  }

  setTimeout(() => element.remove(), 7000);
}

/** Copies a text, and shows that it did. */
export async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    toast('The browser does not let this page copy. Select the text instead.', 'bad');
  }
}

/** Creates a button with an icon. */
export function button(text, iconName, onclick, kind = 'plain', properties = {}) {
  return h('button', { type: 'button', class: kind, onclick, ...properties }, iconName && icon(iconName, 18), h('span', null, text));
}

/** Creates a message that fills a view, with what to do. */
export function state(iconName, title, text, ...actions) {
  return h('div', { class: 'state' },
    h('div', { class: 'state-icon' }, icon(iconName, 30)),
    h('h2', null, title),
    text && h('p', null, text),
    actions.length > 0 && h('div', { class: 'actions' }, actions));
}
