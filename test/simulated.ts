import { makeCertificates } from '../src/simulator/certificates.ts';
import {
  DEFAULT_USERNAME,
  startSimulator as startAnySimulator,
  type Simulator,
  type SimulatorOptions,
} from '../src/simulator/simulator.ts';

/** Those of all simulators of a process: to make them takes longer than most tests do. */
export const CERTIFICATES = await makeCertificates(DEFAULT_USERNAME);

/** Starts a simulator with the certificates that all have, unless others are given. */
export function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  return startAnySimulator({ certificates: CERTIFICATES, ...options });
}
