import type { DesiredResource } from '../src/desired/desired-state.ts';
import type { Json, JsonObject } from '../src/shared/json.ts';
import { Secret } from '../src/shared/secret.ts';
import { licenseFile, type LicenseMembers } from '../src/simulator/license-file.ts';
import { wanted } from './unit/plan/parts.ts';

/** No report may hold one of these. */
export const TOKENS = { live: 'MARKEDliveToken77aa', wanted: 'MARKEDwantedToken5f1c' } as const;

/** A Splunk forwarder as the appliance has it, with that token. */
export function splunkBody(token: string): JsonObject {
  return {
    enabled: true,
    flush_interval: 600,
    host: { selection: 'fqdn', value: 'splunk.example.com' },
    pam_address: { selection: 'fqdn', value: 'sps.example.com' },
    port: 8088,
    ssl: { selection: 'insecure' },
    token,
  };
}

const URI: Json = { selection: 'url', value: 'https://help.example.com' };

/** The change of two singletons that most runs of the tests make: what is there before it and after it, by path. */
export const UPDATE: {
  readonly resources: readonly DesiredResource[];
  readonly before: Readonly<Record<string, Json>>;
  readonly after: Readonly<Record<string, Json>>;
} = {
  resources: [
    wanted('management/splunk_forwarder', { port: 8089, token: new Secret(TOKENS.wanted) }),
    wanted('management/support_info', { uri: URI }),
  ],
  before: { 'management/splunk_forwarder': splunkBody(TOKENS.live), 'management/support_info': { uri: null } },
  after: {
    'management/splunk_forwarder': { ...splunkBody(TOKENS.wanted), port: 8089 },
    'management/support_info': { uri: URI },
  },
};

/** The license in the file that tests upload; a simulator begins with another. */
export const LICENSE = {
  customer: 'Example',
  limit: 500,
  limit_type: 'host',
  serial: '123-456-789',
  valid_not_after: '2031-05-01',
  valid_not_before: '2026-05-01',
} as const satisfies LicenseMembers;

/** The upload of that file. */
export const UPLOAD: DesiredResource = wanted(
  'management/license',
  { serial: LICENSE.serial },
  { upload: { name: 'new.license', bytes: Buffer.from(licenseFile(LICENSE)) } },
);
