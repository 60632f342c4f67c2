import type uPlot from 'uplot';
import type { Picture } from './plot';
import { COLOUR_OF, type MarkTone } from './marks';

export type { Mark } from './marks';

const HATCH_PX = 8;

const STRIP_PX = 3;

/** Times of which readings are missing, hatched; those that were filled have a strip at the foot only. */
export function drawGaps(plot: uPlot, { gaps, colour }: Picture) {
  const { ctx, bbox } = plot;
  for (const gap of gaps) {
    const from = clamp(plot.valToPos(gap.from, 'x', true), bbox.left, bbox.left + bbox.width);
    const to = clamp(plot.valToPos(gap.to, 'x', true), bbox.left, bbox.left + bbox.width);
    const width = Math.max(to - from, 2);
    ctx.save();
    const height = gap.filled ? STRIP_PX * devicePixelRatio : bbox.height;
    ctx.globalAlpha = 0.5;
    ctx.fillStyle = gap.filled
      ? colour('var(--control-line)')
      : (hatch(colour('var(--muted)')) ?? colour('var(--line)'));
    ctx.fillRect(from, bbox.top + bbox.height - height, width, height);
    ctx.restore();
    if (gap.filled) continue;
    label(plot, gap.reason, from, width, colour('var(--muted)'), colour('var(--surface)'));
  }
}

function label(plot: uPlot, text: string, from: number, width: number, ink: string, ground: string) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  const needed = ctx.measureText(text).width + 12 * ratio;
  if (text && needed < width) {
    const left = from + (width - needed) / 2;
    const top = bbox.top + bbox.height - 22 * ratio;
    ctx.fillStyle = ground;
    ctx.fillRect(left, top, needed, 17 * ratio);
    ctx.fillStyle = ink;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.fillText(text, left + 6 * ratio, top + 9 * ratio);
  }
  ctx.restore();
}

function hatch(colour: string): CanvasPattern | null {
  const size = HATCH_PX * devicePixelRatio;
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const ctx = tile.getContext('2d');
  if (!ctx) return null;
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (const shift of [-size, 0, size]) {
    ctx.moveTo(shift, size);
    ctx.lineTo(shift + size, 0);
  }
  ctx.stroke();
  return ctx.createPattern(tile, 'repeat');
}

/** Something that was done at a time: a line, and a flag whose shape says how it went. */
export function drawMarks(plot: uPlot, { marks, colour }: Picture) {
  const { ctx, bbox } = plot;
  const size = 5 * devicePixelRatio;
  for (const { at, tone } of marks) {
    const x = plot.valToPos(at, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour(COLOUR_OF[tone]);
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    flag(ctx, tone, x, bbox.top, size);
    ctx.restore();
  }
}

function flag(ctx: CanvasRenderingContext2D, tone: MarkTone, x: number, y: number, size: number) {
  ctx.setLineDash([]);
  ctx.beginPath();
  if (tone === 'bad') {
    ctx.lineWidth *= 2;
    ctx.moveTo(x - size, y - size);
    ctx.lineTo(x + size, y + size);
    ctx.moveTo(x + size, y - size);
    ctx.lineTo(x - size, y + size);
    ctx.stroke();
    return;
  }
  ctx.moveTo(x - size, y - size);
  ctx.lineTo(x + size, y - size);
  ctx.lineTo(x, y + size);
  ctx.closePath();
  if (tone === 'good') ctx.fill();
  else ctx.stroke();
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
