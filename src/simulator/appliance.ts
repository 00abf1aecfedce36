import { Sessions } from './sessions.ts';
import { seedConfiguration } from './seeds.ts';
import { Transactions } from './transactions.ts';
import { defaultQuirks, type Quirks } from './quirks.ts';
import { PROFILES, type Profile, type ProfileFacts } from './profiles.ts';
import { withWrites, type Writes } from './configuration.ts';

/** What makes one appliance differ from another. */
export interface ApplianceOptions {
  readonly profile: Profile;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly roles: readonly string[];
  readonly quirks: Partial<Quirks>;
  readonly configuration: Writes;
  readonly starling: 'joined' | 'not-joined';
  /** The certificate in the built-in trust store, PEM. */
  readonly builtInAuthority: string;
  readonly clock: () => number;
}

/** The state behind the interface. */
export interface Appliance {
  readonly facts: ProfileFacts;
  readonly options: ApplianceOptions;
  readonly quirks: Quirks;
  readonly sessions: Sessions;
  readonly transactions: Transactions;
}

/** A request as the handlers see it. */
export interface ApplianceRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** A header's value by its name in lower case; `''` when it is missing. */
  readonly header: (name: string) => string;
  readonly body: Uint8Array;
  readonly sessionId: string | null;
  /** Whether the TLS connection shows a certificate that the simulator's CA issued. */
  readonly clientCertificate: 'accepted' | 'none';
}

/** A freshly set-up appliance. Throws `RangeError` when a configured path cannot hold a body. */
export function createAppliance(options: ApplianceOptions): Appliance {
  const facts = PROFILES[options.profile];
  const quirks: Quirks = { ...defaultQuirks(facts), ...options.quirks };
  const configuration = withWrites(seedConfiguration(options), options.configuration);
  const transactions = new Transactions(configuration, quirks);
  const sessions = new Sessions(quirks, options.clock, (id) => transactions.drop(id));
  return { facts, options, quirks, sessions, transactions };
}
