/* Numbers as people read them. */
import type { Bytes, Seconds, Share } from './units';

const digits = (value: number, significant = 3): string => {
  const a = Math.abs(value);
  const places = a >= 99.95 ? 0 : a >= 9.995 ? 1 : 2;
  return value.toFixed(significant >= 3 ? places : Math.max(0, places - 1));
};

export function seconds(s: Seconds): string {
  const a = Math.abs(s);
  if (a === 0) return '0';
  if (a >= 3600) return `${Math.floor(s / 3600)} h ${String(Math.round((a % 3600) / 60)).padStart(2, '0')} m`;
  if (a >= 600) return `${Math.floor(s / 60)} m ${String(Math.round(a % 60)).padStart(2, '0')} s`;
  if (a >= 0.9995) return `${digits(s)} s`;
  if (a >= 0.0009995) return `${digits(s * 1e3)} ms`;
  return `${digits(s * 1e6)} µs`;
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function bytes(b: Bytes): string {
  let value = b;
  let unit = 0;
  while (Math.abs(value) >= 1023.5 && unit < SIZES.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${Math.round(value)} B` : `${digits(value)} ${SIZES[unit]}`;
}

export function percent(share: Share): string {
  const p = share * 100;
  if (p === 0) return '0 %';
  if (Math.abs(p) < 0.05) return '<0.1 %';
  return `${p >= 99.95 ? p.toFixed(0) : p.toFixed(1)} %`;
}

export function count(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

/** A number with the word for so many: "1 row", "1,200 rows". */
export const counted = (n: number, one: string, more: string): string =>
  `${count(n)} ${Math.round(n) === 1 ? one : more}`;

/** With its sign, for differences. */
export const signed = (value: number, words: (v: number) => string): string =>
  value === 0 ? '0' : `${value > 0 ? '+' : '−'}${words(Math.abs(value))}`;
