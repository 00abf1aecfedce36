import type { Json } from '../../../src/shared/json.ts';

/** Where the stores of these tests are on the appliance. */
export const LISTING = 'GET /api/configuration/trust_stores';

/** Trust stores on the appliance, as many as that, by path. Only the first ones are what `documents` wants. */
export function liveStores(count: number, drifted = 0): Readonly<Record<string, Json>> {
  const all = Array.from({ length: count }, (_, index): [string, Json] => [
    `trust_stores/k${index}`,
    { ...storeBody(index), crl_urls: index < drifted ? ['http://crl.example.com/old.crl'] : urls(index) },
  ]);
  return Object.fromEntries(all);
}

/** A file that wants the first so many of them. */
export function storeDocuments(count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const body = { authorities: [], crl_urls: urls(index), revocation_check: 'leaf' };
    return `---\nresource: trust_stores\nname: Store ${index}\nbody: ${JSON.stringify(body)}\n`;
  }).join('');
}

function storeBody(index: number) {
  return { authorities: [], name: `Store ${index}`, revocation_check: 'leaf', type: 'custom' };
}

function urls(index: number): readonly string[] {
  return [`http://crl.example.com/${index}.crl`];
}
