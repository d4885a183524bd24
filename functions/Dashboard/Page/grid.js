// Grid that keeps only visible cards in the document, so that ten thousand cards cost as much as thirty.

import { h } from './dom.js';

const gap = 16;
const smallGap = 10;
const rowsBeyond = 2;

/** A grid that scrolls with the page. */
export class Grid {
  #items = [];
  #cards = new Map();
  #isPlanned = false;
  #hasMore = false;
  #onWindow = () => this.#plan();
  #observer = new ResizeObserver(() => this.#plan());

  /**
   * @param keyOf the key of an item.
   * @param create creates the card of an item: element, update(item) and remove().
   * @param onEnd called when the end of the list becomes visible.
   */
  constructor({ label, keyOf, create, onEnd }) {
    Object.assign(this, { keyOf, create, onEnd });
    this.element = h('div', { class: 'grid', role: 'list', aria: { label } });
  }

  /** Starts to follow the page's scrolling. */
  attach() {
    addEventListener('scroll', this.#onWindow, { passive: true });
    this.#observer.observe(this.element);
    this.#plan();
  }

  /** Stops following, and removes the cards. */
  detach() {
    removeEventListener('scroll', this.#onWindow);
    this.#observer.disconnect();
    for (const card of this.#cards.values()) {
      card.remove();
      card.element.remove();
    }

    this.#cards.clear();
  }

  /** Shows these items. */
  show(items, hasMore) {
    [this.#items, this.#hasMore] = [items, hasMore];
    this.#plan();
  }

  #plan() {
    if (!this.#isPlanned) {
      this.#isPlanned = true;
      requestAnimationFrame(() => {
        this.#isPlanned = false;
        this.#layOut();
      });
    }
  }

  #layOut() {
    const width = this.element.clientWidth;
    if (!this.element.isConnected || width === 0) {
      return;
    }

    const isSmall = width < 560;
    const space = isSmall ? smallGap : gap;
    const columns = Math.max(isSmall ? 2 : 1, Math.floor((width + space) / ((isSmall ? 170 : 248) + space)));
    const cardWidth = Math.floor((width - space * (columns - 1)) / columns);
    const cardHeight = Math.round(cardWidth * 0.625) + (isSmall ? 98 : 86);
    const rowHeight = cardHeight + space;
    const rows = Math.ceil(this.#items.length / columns);
    this.element.style.height = `${Math.max(0, rows * rowHeight - space)}px`;

    const top = this.element.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / rowHeight) - rowsBeyond);
    const last = Math.min(rows, Math.ceil((innerHeight - top) / rowHeight) + rowsBeyond);
    const wanted = new Set();
    for (let index = first * columns; index < Math.min(this.#items.length, last * columns); index++) {
      wanted.add(index);
    }

    this.#addFocused(wanted);
    const sorted = [...wanted].sort((one, other) => one - other);
    const keys = new Set(sorted.map(index => this.keyOf(this.#items[index])));
    for (const [key, card] of this.#cards) {
      if (!keys.has(key)) {
        card.remove();
        card.element.remove();
        this.#cards.delete(key);
      }
    }

    let next = this.element.firstElementChild;
    for (const index of sorted) {
      const item = this.#items[index];
      const key = this.keyOf(item);
      let card = this.#cards.get(key);
      if (card) {
        card.update(item);
      } else {
        card = this.create(item);
        card.element.setAttribute('role', 'listitem');
        this.#cards.set(key, card);
      }

      if (card.element === next) {
        next = next.nextElementSibling;
      } else {
        this.element.insertBefore(card.element, next);
      }

      const { style } = card.element;
      style.width = `${cardWidth}px`;
      style.height = `${cardHeight}px`;
      style.transform = `translate(${(index % columns) * (cardWidth + space)}px, ${Math.floor(index / columns) * rowHeight}px)`;
      card.element.setAttribute('aria-posinset', index + 1);
      card.element.setAttribute('aria-setsize', this.#hasMore ? -1 : this.#items.length);
    }

    if (top + rows * rowHeight < innerHeight * 2) {
      this.onEnd();
    }
  }

  // The card with the focus stays wherever the page is scrolled to, because the focus would be lost with it.
  #addFocused(wanted) {
    for (const [key, card] of this.#cards) {
      if (card.element.contains(document.activeElement)) {
        const index = this.#items.findIndex(item => this.keyOf(item) === key);
        if (index >= 0) {
          wanted.add(index);
        }
      }
    }
  }
}
