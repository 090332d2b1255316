// What the kernels of the gradient of a convolution's weights over fours of channels share: columns, and how a sum is
// written. Four columns of the product: channels 4 d … 4 d + 3 (or, folded, elements of depth) at one tap.
struct Column {
  tap: u32,
  d: u32,
  seen: u32, // where in the planes of an image the tap of pixel 0 is
}

fn column_of(group: u32, number: u32) -> Column {
  let taps = conv.taps_y * conv.taps_x;
  let inside = min(number, conv.D * taps - 1); // columns past the end compute a copy that is not written
  let tap = inside % taps;
  let d = inside / taps;
  return Column(tap, d, (group * conv.D + d) * conv.plane + tap / conv.taps_x * conv.tap_y + tap % conv.taps_x
      * conv.tap_x);
}

// Where a split's elements start.
fn split_start(split: u32) -> u32 {
  return split * (conv.groups * conv.rows * conv.depth * conv.taps_y * conv.taps_x + select(0u, conv.groups * conv.rows,
      HAS_BIAS));
}

fn write_columns(split: u32, group: u32, row: u32, column: Column, sum: vec4f) {
  let taps = conv.taps_y * conv.taps_x;
  let to = split_start(split) + (group * conv.rows + row) * conv.depth * taps + column.tap * conv.inner;
  for (var i = 0u; i < 4; i++) {
    let k = 4 * column.d + i;
    if (k < conv.depth) {
      dw[to + k / conv.inner * taps * conv.inner + k % conv.inner] = sum[i];
    }
  }
}

fn write_bias(split: u32, group: u32, row: u32, sum: vec4f) {
  dw[split_start(split) + conv.groups * conv.rows * conv.depth * conv.taps_y * conv.taps_x + group * conv.rows
      + row] = dot(sum, vec4f(1));
}
