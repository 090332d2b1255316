enable subgroups;
// dw[s, o, column] = sum over the images n of part s, and over pixels p, of dy[n, o, p] * x[n, column at p], column = (c, ky, kx).
// As a matrix product, rows are output channels o, columns are (c, ky, kx), and the depth runs over images and pixels. A workgroup is
// one subgroup of S lanes and makes ROWS x 4 S elements of one part; a lane makes 4 neighbouring columns of all ROWS rows. Per pixel
// a lane loads the 4 elements of x that its columns see there; the lanes together load dy of ROWS channels and hand it round by
// shuffles (see matmul_subgroup.wgsl). The parts are added up by a reduction.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> conv: Conv2d;

const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S
const LOADS = ROWS / S;

@compute @workgroup_size(S)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let taps = conv.kH * conv.kW;
  let rows = conv.O / conv.groups;
  let depth = conv.C / conv.groups;
  let columns = depth * taps;
  let plane = conv.oH * conv.oW;
  let column_tiles = (columns + 4 * S - 1) / (4 * S);
  let row_tiles = (rows + ROWS - 1) / ROWS;
  let tile = linear_workgroup(workgroup, grid);
  let split = tile / (column_tiles * row_tiles * conv.groups);
  if (split >= conv.splits) {
    return;
  }
  let first_row = ((tile / column_tiles) % row_tiles) * ROWS;
  let group = (tile / (column_tiles * row_tiles)) % conv.groups;
  let column = vec4u((tile % column_tiles) * 4 * S + lane * 4) + vec4u(0, 1, 2, 3);
  let channel = group * depth + min(column / taps, vec4u(depth - 1));
  let ky = (column % taps) / conv.kW;
  let kx = column % conv.kW;
  let offset_y = vec4i(ky * conv.dilation_h) - i32(conv.pad_h);
  let offset_x = vec4i(kx * conv.dilation_w) - i32(conv.pad_w);
  let W = vec4i(i32(conv.W));

  let part = (conv.N + conv.splits - 1) / conv.splits;
  let first_n = split * part;
  var sum: array<vec4f, ROWS>;
  for (var n = first_n; n < min(first_n + part, conv.N); n++) {
    for (var oy = 0u; oy < conv.oH; oy++) {
      let iy = i32(oy * conv.stride_h) + offset_y;
      let row_inside = (iy >= vec4i(0)) & (iy < vec4i(i32(conv.H)));
      let x_row = ((n * conv.C + channel) * conv.H + vec4u(max(iy, vec4i(0)))) * conv.W;
      var at_dy = (n * conv.O + group * rows) * plane + oy * conv.oW;
      for (var ox = 0u; ox < conv.oW; ox++) {
        let ix = i32(ox * conv.stride_w) + offset_x;
        let inside = row_inside & (ix >= vec4i(0)) & (ix < W);
        let at = select(vec4u(0), x_row + vec4u(ix), inside);
        let v = select(vec4f(), vec4f(x[at.x], x[at.y], x[at.z], x[at.w]), inside);
        for (var l = 0u; l < LOADS; l++) {
          let row = min(first_row + l * S + lane, rows - 1); // rows past the end compute a copy that is not written
          let mine = dy[at_dy + row * plane];
          for (var i = 0u; i < S; i++) {
            sum[l * S + i] += v * subgroupShuffle(mine, i);
          }
        }
        at_dy++;
      }
    }
  }

  for (var r = 0u; r < ROWS; r++) {
    let row = first_row + r;
    if (row < rows) {
      let to = ((split * conv.groups + group) * rows + row) * columns;
      for (var i = 0u; i < 4; i++) {
        if (column[i] < columns) {
          dw[to + column[i]] = sum[r][i];
        }
      }
    }
  }
}
