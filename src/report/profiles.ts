import type { Document } from '../document/document.ts';

interface ProfileWords {
  readonly kind: string;
  readonly name: string;
  readonly title: string | null;
  readonly status: string | null;
  readonly date: string | null;
}

/** The document of `tokbench profiles list`. */
export function profilesDocument(profiles: readonly ProfileWords[]): Document {
  const columns = ['kind', 'name', 'title', 'status', 'date'] as const;
  return {
    title: 'tokbench profiles',
    subtitle: null,
    banners: [],
    verdict: null,
    blocks: [
      {
        kind: 'table',
        title: null,
        columns: columns.map((label) => ({ label })),
        rows: profiles.map((profile) => columns.map((column) => profile[column] ?? '')),
        scale: 'column',
        footnotes: [],
      },
    ],
    rows: { columns: [...columns], rows: profiles.map((profile) => columns.map((column) => profile[column])) },
  };
}
