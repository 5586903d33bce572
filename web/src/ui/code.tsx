/* One line of source: colours, the hot expression underlined, what was searched
 * for marked. Text goes in as text: no markup is ever made of it. */
import type { Source } from '../profile-logic/source';
import { columnToIndex, tokenize, type TokenKind } from '../profile-logic/tokens';
import type { Expression } from '../profile-logic/view';

interface Piece { text: string; kind: TokenKind; hot: boolean; found: boolean }

function pieces(line: string, state: Source['states'][number], hot: [number, number] | null, search: string): Piece[] {
  const cuts = new Set<number>();
  const marks: [number, number][] = [];
  if (search) {
    const lower = line.toLowerCase();
    const wanted = search.toLowerCase();
    for (let at = lower.indexOf(wanted); at >= 0 && marks.length < 20; at = lower.indexOf(wanted, at + wanted.length)) marks.push([at, at + wanted.length]);
  }
  cuts.add(line.length - line.trimStart().length);
  for (const [a, b] of hot ? [...marks, hot] : marks) cuts.add(a).add(b);
  const sorted = [...cuts].sort((a, b) => a - b);
  const out: Piece[] = [];
  for (const token of tokenize(line, state)) {
    let at = token.start;
    for (const cut of [...sorted.filter((c) => c > token.start && c < token.end), token.end]) {
      out.push({
        text: line.slice(at, cut), kind: token.kind,
        hot: hot !== null && at >= hot[0] && cut <= hot[1],
        found: marks.some(([a, b]) => at >= a && cut <= b),
      });
      at = cut;
    }
  }
  return out;
}

export function Code(props: { source: Source | null; line: number; expression?: Expression | undefined; search?: string }) {
  const text = props.source?.lines[props.line - 1];
  if (text === undefined) return <span class="dim">{props.line ? 'source not recorded' : 'line not known'}</span>;
  const e = props.expression;
  const from = e ? columnToIndex(text, e.column) : 0;
  const to = e ? (e.endColumn ? columnToIndex(text, e.endColumn) : text.length) : 0;
  const bare = text.length - text.trimStart().length;
  // Where the whole line is the expression an underline says nothing.
  const says = e && to > from && (from > bare || to < text.trimEnd().length);
  return (
    <>
      {pieces(text, props.source!.states[props.line - 1] ?? '', says ? [from, to] : null, props.search ?? '').map((p, i) => {
        const isIndent = i === 0 && p.text.trim() === '';
        const classes = [isIndent && 'indent', p.kind !== 'plain' && `t-${p.kind}`, p.hot && 'expr', p.found && 'mark'].filter(Boolean).join(' ');
        return classes ? <span key={i} class={classes}>{p.text}</span> : p.text;
      })}
    </>
  );
}
