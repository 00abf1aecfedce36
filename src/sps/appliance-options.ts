import type { Secret } from '../shared/secret.ts';

/** How we prove who we are: user name and password, or a TLS client certificate. core.md §2.1, §2.2. */
export type ApplianceLogin =
  | {
      readonly kind: 'password';
      /** Without `:`, which separates it from the password on the wire. */
      readonly username: string;
      readonly password: Secret<string>;
      /** The name of a login method of firmware 7.1 and later, `undefined` for the appliance's default. */
      readonly method: string | undefined;
    }
  | {
      readonly kind: 'certificate';
      /** PEM. */
      readonly certificate: string;
      /** PEM, not encrypted. */
      readonly key: Secret<string>;
      readonly method: string | undefined;
    };

/** One request that was sent (or could not be), for the log. */
export interface RequestReport {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Null when no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
  readonly bytesReceived: number;
}

/** Everything that the client needs to know about its appliance. */
export interface ApplianceOptions {
  /** An https origin. */
  readonly url: string;
  /** PEM bundle: trusted instead of the system's authorities. */
  readonly ca: string | undefined;
  /** Whether the appliance's certificate is verified. */
  readonly verify: boolean;
  readonly login: ApplianceLogin;
  /** How many requests, and connections, there are at a time. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly commitTimeoutMs: number;
  /** Told of every session id, so that text which repeats it can be withheld. */
  readonly onSession?: (id: Secret<string>) => void;
  /** Without `Mozilla`: the appliance asks browsers for a token (core.md §1). */
  readonly userAgent: string;
  /** Pauses before a GET is sent again, `[250, 1000]` unless given. */
  readonly retryDelaysMs?: readonly number[];
  readonly onRequest?: (request: RequestReport) => void;
}
