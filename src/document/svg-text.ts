import { markup } from './xml.ts';

/** A coordinate with two digits after the point. */
export const n = (value: number): string => String(Math.round(value * 100) / 100);

/** A text in a drawing; `kind` is its class in the style sheet. */
export const label = (x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end', kind = 'tick'): string =>
  `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}" class="${kind}">${markup(text)}</text>`;

/** Width that a text may take at the largest size that the style sheet gives it, in units of the drawing. */
export const roomFor = (text: string): number => [...text].length * 7.4;

/** Number of colours and dash patterns that the style sheet has for parts of a drawing. */
export const seriesCount = 8;

/** A key beneath a drawing: HTML, so that it wraps. */
export const legend = (items: readonly { readonly sign: string; readonly text: string }[]): string =>
  `<ul class="legend">${items.map(({ sign, text }) => `<li>${sign}<span>${markup(text)}</span></li>`).join('')}</ul>`;
