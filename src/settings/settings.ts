import type { Secret } from '../shared/secret.ts';

/** How to log in. Exactly one kind; the strings of a certificate login are PEM. */
export type LoginSettings =
  | {
      readonly kind: 'password';
      readonly username: string;
      readonly password: Secret<string>;
      readonly method: string | undefined;
    }
  | {
      readonly kind: 'certificate';
      readonly certificate: string;
      readonly key: Secret<string>;
      readonly method: string | undefined;
    };

/** Everything about reaching the appliance. */
export interface ApplianceSettings {
  /** An https origin, without a slash at the end. */
  readonly url: string;
  readonly expectHostname: string | null;
  readonly tls: {
    /** PEM bundle. */
    readonly ca: string | undefined;
    readonly verify: boolean;
  };
  readonly login: LoginSettings;
  readonly requests: { readonly concurrency: number; readonly timeoutMs: number; readonly commitTimeoutMs: number };
}

/** The settings of a run, checked and frozen; defaults filled in. The contract, section 3. */
export interface Settings {
  /** Null when the appliance was not needed. */
  readonly appliance: ApplianceSettings | null;
  readonly desiredState: {
    /** Absolute. */
    readonly directory: string;
    readonly read: 'auto' | 'commit' | 'worktree';
    /** Absolute. */
    readonly fileRoots: readonly string[];
    readonly strict: boolean;
  };
  /** How the daemon goes about it; other commands do not look at it. */
  readonly reconcile: {
    /** `observe` reports and never writes. */
    readonly mode: 'enforce' | 'observe';
    /** A cron expression of five fields, or six with the second in front, that ticks some day. */
    readonly schedule: string;
    /** A name that `Intl` knows. */
    readonly timezone: string;
    readonly quietPeriodMs: number;
    readonly pollMs: number;
    readonly quickTick: boolean;
    readonly fullReadIntervalMs: number;
    /** The first is not above the second. */
    readonly retry: { readonly initialMs: number; readonly maxMs: number };
  };
  readonly safety: {
    readonly maxDeletes: number;
    /** From 0 to 1. */
    readonly maxChangeRatio: number;
    readonly protect: readonly string[];
    readonly allow: readonly string[];
  };
  readonly commit: { readonly message: string };
  readonly http: {
    /** `HOST:PORT` of `parseListenAddress`; null when the daemon does not listen. */
    readonly listen: string | null;
    /** Null when there is none, or when it was not needed. */
    readonly token: Secret<string> | null;
  };
  readonly shutdown: { readonly drainTimeoutMs: number };
  /** Absolute. */
  readonly state: { readonly directory: string };
  readonly log: {
    /** Null when the settings do not say: each command has its own default. */
    readonly level: 'debug' | 'info' | 'warn' | 'error' | null;
    readonly format: 'json' | 'pretty' | 'auto';
  };
}

/** What settings are made from. */
export interface SettingsInput {
  /** Absolute; what paths from flags and the environment are relative to. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: { readonly settings?: string; readonly desiredState?: string };
  /**
   * `daemon`: everything. `appliance`: not the token of the HTTP interface. `files`: members of the appliance are checked
   * as far as they are there, and no secret is read.
   */
  readonly needs: 'daemon' | 'appliance' | 'files';
}
