import { describe, expect, it } from 'vitest';
import { encodeForm } from '../../../src/sps/multipart.ts';

describe('the boundary of a form', () => {
  it('is tried until the bytes do not hold it', () => {
    const candidates = ['one', 'two', 'three'];
    const part = { field: 'data', fileName: 'a', bytes: Buffer.from('--two\r\none') };
    const form = encodeForm(part, () => candidates.shift() ?? 'none left');
    expect(form.type).toBe('multipart/form-data; boundary=three');
    expect(candidates).toEqual([]);
    expect(form.bytes.toString('latin1').split('--three')).toHaveLength(3);
  });
});
