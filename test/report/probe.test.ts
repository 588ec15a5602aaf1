import { expect, it } from 'vitest';
import { type ProbeFindings, probeDocument } from '../../src/report/probe.ts';
import { unaskedFeatures } from '../../src/target/features.ts';

const found = (protocol: string): ProbeFindings => ({
  url: 'https://model.test',
  simulated: false,
  server: { name: 'unknown', version: null },
  models: [{ id: 'm', contextTokens: 8192 }],
  model: 'm',
  protocol,
  features: { ...unaskedFeatures, contextTokens: 8192 },
  frontDoor: null,
  reasons: [],
});

it('names options of OpenAI’s routes only where they are spoken', () => {
  for (const protocol of ['openai-chat', 'azure'])
    expect(JSON.stringify(probeDocument(found(protocol)))).toContain('field for the cap');
  for (const protocol of ['anthropic', 'gemini', 'vertex', 'bedrock', 'ollama']) {
    const text = JSON.stringify(probeDocument(found(protocol)));
    expect(text).not.toContain('field for the cap');
    expect(text).not.toContain('usage in a stream');
    expect(text).toContain('forced output length');
  }
});
