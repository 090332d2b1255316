// g[p, o, tile] = (A dy A^T)[p] for the M x M pixels dy of each tile and each output channel. dy lies in fours of
// channels; pixels outside are zero.
@group(0) @binding(0) var<storage, read> dy: array<E4>;
@group(0) @binding(1) var<storage, read_write> g: array<vec4f>;
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
  var rows: array<Line, M>;
  for (var i = 0u; i < M; i++) {
    let y = place.y * M + i;
    var made = Made();
    for (var j = 0u; j < M; j++) {
      let column = place.x * M + j;
      let inside = y < at.H && column < at.W;
      made[j] = select(vec4f(), vec4f(dy[select(0u, place.plane + y * at.W + column, inside)]), inside);
    }
    rows[i] = gradient_products(made);
  }
  for (var j = 0u; j < T; j++) {
    var made = Made();
    for (var i = 0u; i < M; i++) {
      made[i] = rows[i][j];
    }
    let column = gradient_products(made);
    for (var i = 0u; i < T; i++) {
      g[(i * T + j) * count + number] = column[i];
    }
  }
}
