import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ROOT } from '../resource-schemas.ts';

/** The name under which the image stands in buildah's storage, until the tests are over. */
const NAME = 'localhost/sps-gitops-test';

/** What an image says about how to run it, as `buildah inspect` shows it. */
interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Volumes: Readonly<Record<string, object>>;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** A built image whose files can be looked at. */
export interface Image {
  readonly config: ImageConfig;
  /** The folder with its file system. */
  readonly root: string;
  /** The commit that it was built from, 40 hex. */
  readonly revision: string;
  /** How many bytes its files take beyond those of its base. */
  readonly addedBytes: number;
  remove(): Promise<void>;
}

/** An engine's storage needs a driver that works in the place at hand: `vfs` works everywhere. */
const ENVIRONMENT = { STORAGE_DRIVER: process.env['STORAGE_DRIVER'] ?? 'vfs' };

/** Builds the image from a clean clone of the last commit, with `NODE_IMAGE` of the environment where that is set. */
export async function buildImage(): Promise<Image> {
  const clone = await mkdtemp(join(tmpdir(), 'sps-gitops-image-'));
  try {
    await execa('git', ['clone', '--quiet', '--no-hardlinks', ROOT.pathname, clone]);
    const { stdout: revision } = await execa('git', ['-C', clone, 'rev-parse', 'HEAD']);
    await buildah('bud', '--isolation', 'chroot', '--format', 'docker', ...buildArguments(revision), '-t', NAME, clone);
    const image = await mount(NAME);
    const base = await mount(await baseOf(clone));
    const addedBytes = (await bytesBelow(image.root)) - (await bytesBelow(base.root));
    await base.remove();
    const inspected = JSON.parse(await buildah('inspect', '--type', 'image', NAME)) as {
      readonly Docker: { readonly config: ImageConfig };
    };
    const remove = async (): Promise<void> => {
      await image.remove();
      await buildah('rmi', NAME);
    };
    return { config: inspected.Docker.config, root: image.root, revision, addedBytes, remove };
  } finally {
    await rm(clone, { recursive: true, force: true });
  }
}

function buildArguments(revision: string): readonly string[] {
  const base = process.env['NODE_IMAGE'];
  const values = [
    `REVISION=${revision}`,
    'VERSION=1.2.3',
    'SOURCE=https://git.example.com/sps-gitops',
    ...(base === undefined ? [] : [`NODE_IMAGE=${base}`]),
  ];
  return values.flatMap((value) => ['--build-arg', value]);
}

async function baseOf(clone: string): Promise<string> {
  const [, byDefault = ''] = /^ARG NODE_IMAGE=(\S+)$/m.exec(await readFile(join(clone, 'Dockerfile'), 'utf8')) ?? [];
  return process.env['NODE_IMAGE'] ?? byDefault;
}

async function mount(image: string): Promise<Pick<Image, 'root' | 'remove'>> {
  const container = await buildah('from', '--pull-never', image);
  const root = await buildah('mount', container);
  return { root, remove: async () => void (await buildah('rm', container)) };
}

async function bytesBelow(folder: string): Promise<number> {
  const { stdout } = await execa('du', ['--summarize', '--one-file-system', '--block-size=1', folder]);
  return Number.parseInt(stdout, 10);
}

async function buildah(...args: readonly string[]): Promise<string> {
  return (await execa('buildah', args, { env: ENVIRONMENT })).stdout.trim();
}
