/* A strip: how much of each moment something took, as shades. */
import { useEffect, useRef } from 'preact/hooks';
import { painted } from '../state/preferences';
import { color } from './small';

const COLORS: Record<string, string> = {
  running: '--python', kernel: '--system', 'garbage collector': '--gc',
};

export function Strip(props: { share: Float64Array; name: string; label?: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current!;
    const draw = () => {
      const width = Math.max(1, Math.min(element.clientWidth, props.share.length * 4));
      element.width = width;
      element.height = 1;
      const g = element.getContext('2d')!;
      g.fillStyle = color(COLORS[props.name] ?? '--wait');
      const per = props.share.length / width;
      for (let x = 0; x < width; x++) {
        let sum = 0;
        const end = Math.max(Math.floor(x * per) + 1, Math.floor((x + 1) * per));
        for (let i = Math.floor(x * per); i < end; i++) sum += props.share[i]!;
        const part = sum / (end - Math.floor(x * per));
        if (part <= 0) continue;
        g.globalAlpha = 0.15 + 0.85 * part;
        g.fillRect(x, 0, 1, 1);
      }
    };
    const size = new ResizeObserver(draw);
    size.observe(element);
    return () => size.disconnect();
  }, [props.share, painted.value]);
  const strip = <canvas class="strip" ref={canvas} role="img" aria-label={`${props.name} over time`} />;
  return props.label ? <div class="track"><span class="dim">{props.name}</span>{strip}</div> : strip;
}
