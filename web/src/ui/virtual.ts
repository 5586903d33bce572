/* Which rows of a long table are on the screen: the page scrolls, rows are of one
 * height, and only what is visible (and a little more) is made. */
import { type RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export const ROW_PX = 22;
const MARGIN = 12; // rows beyond the screen
const PRINTED = 3000; // rows that a printer gets at most

export interface Range { from: number; to: number }

export function useVisibleRows(body: RefObject<HTMLElement | null>, count: number): Range {
  const [range, setRange] = useState<Range>({ from: 0, to: 60 });
  useEffect(() => {
    let asked = 0;
    const measure = () => {
      asked = 0;
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, Math.floor(-top / ROW_PX) - MARGIN);
      const to = Math.ceil((innerHeight - top) / ROW_PX) + MARGIN;
      setRange((was) => (was.from === from && was.to === to ? was : { from, to }));
    };
    const ask = () => {
      if (!asked) asked = requestAnimationFrame(measure);
    };
    const all = () => setRange({ from: 0, to: PRINTED });
    measure();
    addEventListener('scroll', ask, { passive: true });
    addEventListener('resize', ask);
    addEventListener('beforeprint', all);
    addEventListener('afterprint', ask);
    const size = new ResizeObserver(ask);
    if (document.body) size.observe(document.body);
    return () => {
      cancelAnimationFrame(asked);
      removeEventListener('scroll', ask);
      removeEventListener('resize', ask);
      removeEventListener('beforeprint', all);
      removeEventListener('afterprint', ask);
      size.disconnect();
    };
  }, [count]);
  return { from: Math.min(range.from, Math.max(0, count - 1)), to: Math.min(range.to, count) };
}

/** Scrolls so that this row is on the screen, clear of what sticks at the top. */
export function scrollToRow(body: HTMLElement | null, row: number, center = false): void {
  if (!body) return;
  const sticky = 90;
  const y = body.getBoundingClientRect().top + row * ROW_PX;
  const bottom = innerHeight - (matchMedia('(max-width: 1179px)').matches ? innerHeight * 0.48 : 40);
  if (center) scrollBy({ top: y - Math.min(bottom, innerHeight) / 2 });
  else if (y < sticky) scrollBy({ top: y - sticky - ROW_PX * 2 });
  else if (y > bottom) scrollBy({ top: y - bottom + ROW_PX * 3 });
}
