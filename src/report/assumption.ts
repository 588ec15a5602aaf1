import { type Block, type Cell, heading, text } from '../document/document.ts';
import type { Entry, Register } from '../procurement/entry.ts';
import type { OfferKind } from '../procurement/offer-cost.ts';

/** Assumptions that only a decision over years looks at. */
const later = /growth|decline|decommission|finance\.(tax|opex)|self\.|rent\.(least|cold)/;

/** The assumptions behind a result, stated ones before defaults; only those that its offers look at. */
export function assumptionTable(register: Register, kinds: ReadonlySet<OfferKind>): Block[] {
  const rents = kinds.has('rent') || kinds.has('commit') || kinds.has('spot');
  const looked = ({ id }: Entry) => {
    if (later.test(id)) return false;
    if (/^(owned|site|staff|finance)\./.test(id)) return kinds.has('own');
    if (id.startsWith('rent.')) return rents;
    return id.startsWith('api.') ? kinds.has('api') : true;
  };
  const entries = register.entries.filter(looked);
  const sorted = [
    ...entries.filter(({ source }) => source !== 'default'),
    ...entries.filter(({ source }) => source === 'default'),
  ];
  if (sorted.length === 0) return [];
  return [
    heading('Assumptions', 2),
    {
      kind: 'table',
      title: null,
      columns: [{ label: 'id' }, { label: 'value' }, { label: 'unit' }, { label: 'from' }, { label: 'source' }],
      rows: sorted.map((entry): Cell[] => [
        entry.id,
        valueWords(entry),
        entry.unit,
        entry.source === 'default' ? text('default', 'info') : entry.origin,
        [entry.sourceText, entry.date].filter((part) => part !== null).join(', '),
      ]),
      scale: 'row',
      footnotes: [
        `Register ${register.sha256.slice(0, 12)}: change one with --assume ID=VALUE. Profiles of a named offer are added to these.`,
      ],
    },
  ];
}

function valueWords({ value }: Entry): string {
  if (Array.isArray(value)) return `${value.length} hours`;
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
}
