/** A picture of 8-bit R, G, B, A: `data` is (H, W, 4), alpha not premultiplied. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
