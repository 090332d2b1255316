// v[p, c, tile] = (B^T x B)[p] for the T x T pixels x of each tile and each channel; p counts the T x T products. Four
// channels are a vec4. x lies in fours of channels, without padding: pixels outside are zero.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(2) var<uniform> at: Tiles;

alias E4 = vec4f; // as stored

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = linear_workgroup(workgroup, grid) * 64 + lane;
  let count = at.tiles * at.D;
  if (number >= count) {
    return;
  }
  let place = place_of(number, at);
  var rows: array<Line, T>;
  for (var i = 0u; i < T; i++) {
    let y = place.y * M + i - at.before_y; // a negative number wraps to a large one, which is outside too
    for (var j = 0u; j < T; j++) {
      let column = place.x * M + j - at.before_x;
      let inside = y < at.H && column < at.W;
      rows[i][j] = select(vec4f(), vec4f(x[select(0u, place.plane + y * at.W + column, inside)]), inside);
    }
    rows[i] = into_products(rows[i]);
  }
  for (var j = 0u; j < T; j++) {
    var column = Line();
    for (var i = 0u; i < T; i++) {
      column[i] = rows[i][j];
    }
    column = into_products(column);
    for (var i = 0u; i < T; i++) {
      v[(i * T + j) * count + number] = column[i];
    }
  }
}
