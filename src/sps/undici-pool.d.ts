// Not part of undici's public interface; its version is pinned for it.
declare module 'undici/lib/dispatcher/pool.js' {
  import type { Pool } from 'undici';
  const UndiciPool: typeof Pool;
  export default UndiciPool;
}
