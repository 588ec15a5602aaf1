const mark = '[redacted]';
/** A key of which a vendor shows both ends: `sk-proj-ab********wxyz`. */
const masked = /[\w-]{2,}\*{3,}[\w-]*/g;
/** Shorter values cannot be secrets, and replacing them would tear words apart. */
const minSecretLength = 4;

/** Every way a server may echo a secret: as it is, inside JSON, inside a URL. Longest first, so that none leaves a rest. */
export function secretForms(secrets: readonly (string | null)[]): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret === null || secret.length < minSecretLength) continue;
    forms.add(secret);
    forms.add(JSON.stringify(secret).slice(1, -1));
    forms.add(encodeURIComponent(secret));
    const bare = secret.replace(/^(bearer|basic)\s+/i, '');
    if (bare.length >= minSecretLength) forms.add(bare);
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

export function redact(text: string, forms: readonly string[]): string {
  let clean = text;
  for (const form of forms) clean = clean.replaceAll(form, mark);
  return forms.length === 0 ? clean : clean.replace(masked, mark);
}
