/* pprof's protocol buffer, gzipped. Field numbers are those of
 * github.com/google/pprof, proto/profile.proto. */
import type { Filter } from '../profile-logic/filter';
import type { Profile } from '../profile-logic/profile';
import { framesOf, keptSamples, leafOf } from './pieces';

class Message {
  private bytes = new Uint8Array(1024);
  private length = 0;

  private room(n: number): void {
    if (this.length + n <= this.bytes.length) return;
    const more = new Uint8Array(Math.max(this.bytes.length * 2, this.length + n));
    more.set(this.bytes);
    this.bytes = more;
  }

  varint(value: number): void {
    this.room(10);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  int(field: number, value: number): void {
    if (!value) return;
    this.varint(field * 8);
    this.varint(value);
  }

  data(field: number, data: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(data.length);
    this.room(data.length);
    this.bytes.set(data, this.length);
    this.length += data.length;
  }

  message(field: number, fill: (m: Message) => void): void {
    const m = new Message();
    fill(m);
    this.data(field, m.done());
  }

  packed(field: number, values: readonly number[]): void {
    this.message(field, (m) => values.forEach((v) => m.varint(v)));
  }

  done(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

class Strings {
  readonly all: string[] = [''];
  private readonly known = new Map([['', 0]]);
  of(text: string): number {
    let i = this.known.get(text);
    if (i === undefined) {
      this.known.set(text, (i = this.all.length));
      this.all.push(text);
    }
    return i;
  }
}

const valueType = (s: Strings, type: string, unit: string) => (m: Message) => {
  m.int(1, s.of(type));
  m.int(2, s.of(unit));
};

/** The message, before gzip. Values: samples; nanoseconds of CPU or waiting. */
export function pprofMessage(p: Profile, f: Filter): Uint8Array {
  const s = new Strings();
  const m = new Message();
  m.message(1, valueType(s, 'samples', 'count'));
  m.message(1, valueType(s, 'time', 'nanoseconds'));
  const leaves = new Map<string, number>();
  const leafBase = p.frames.length + 1;
  const sums = new Map<string, { locations: number[]; count: number; ns: number }>();
  for (const i of keptSamples(p, f)) {
    const leaf = leafOf(p, i);
    if (leaf && !leaves.has(leaf)) leaves.set(leaf, leafBase + leaves.size);
    const key = `${p.samples.stack[i]} ${leaf ?? ''}`;
    let it = sums.get(key);
    if (!it) {
      const frames = framesOf(p, p.samples.stack[i]!).reverse().map((frame) => frame + 1);
      it = { locations: leaf ? [leaves.get(leaf)!, ...frames] : frames, count: 0, ns: 0 };
      sums.set(key, it);
    }
    it.count += p.samples.count[i]!;
    it.ns += p.samples.seconds[i]! * 1e9;
  }
  for (const it of sums.values()) {
    if (!it.locations.length) continue;
    m.message(2, (sample) => {
      sample.packed(1, it.locations);
      sample.packed(2, [Math.round(it.count), Math.round(it.ns)]);
    });
  }
  const functionBase = p.functions.length + 1;
  for (let i = 0; i < p.frames.length; i++) {
    m.message(4, (location) => {
      location.int(1, i + 1);
      location.message(4, (line) => {
        line.int(1, p.frames.function[i]! + 1);
        line.int(2, p.frames.line[i]!);
      });
    });
  }
  let extra = 0;
  for (const [leaf, id] of leaves) {
    const fn = functionBase + extra++;
    m.message(4, (location) => {
      location.int(1, id);
      location.message(4, (line) => line.int(1, fn));
    });
    m.message(5, (it) => {
      it.int(1, fn);
      it.int(2, s.of(leaf));
      it.int(3, s.of(leaf));
    });
  }
  for (let i = 0; i < p.functions.length; i++) {
    m.message(5, (it) => {
      it.int(1, i + 1);
      it.int(2, s.of(p.functions.name[i]!));
      it.int(3, s.of(p.functions.name[i]!));
      it.int(4, s.of(p.files[p.functions.file[i]!]!.path));
      it.int(5, p.functions.firstLine[i]!);
    });
  }
  m.int(9, Math.round(p.run.startUnixS * 1e9));
  m.int(10, Math.round(p.run.elapsedS * 1e9));
  m.message(11, valueType(s, 'cpu', 'nanoseconds'));
  m.int(12, Math.round((p.ledger.interval_asked_s ?? 0) * 1e9));
  const text = new TextEncoder();
  for (const it of s.all) m.data(6, text.encode(it));
  return m.done();
}

export async function toPprof(p: Profile, f: Filter): Promise<Blob> {
  const raw = new Blob([pprofMessage(p, f) as BlobPart]).stream();
  return new Response(raw.pipeThrough(new CompressionStream('gzip'))).blob();
}
