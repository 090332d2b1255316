// How the kernels that copy into fours walk a plane: 8 neighbouring threads take ROWS rows of it, and go through them
// side by side.
const ROWS = 8u;
const SIDE = 8u;

struct Run {
  plane: u32,
  start: u32, // rows
  end: u32,
}

// A place in a row of some width: vec2u(x, y).
fn run_of(thread: u32, planes: u32, rows: u32) -> Run {
  let number = thread / SIDE;
  let runs = (rows + ROWS - 1) / ROWS; // in a plane
  let plane = divide(vec4u(number), runs).x;
  let start = (number - plane * runs) * ROWS;
  return Run(plane, start, select(0u, min(start + ROWS, rows), plane < planes));
}

fn first_place(run: Run, lane: u32, width: u32) -> vec2u {
  let x = lane % SIDE;
  let y = divide(vec4u(x), width).x;
  return vec2u(x - y * width, run.start + y);
}

fn step_of(width: u32) -> vec2u {
  let y = divide(vec4u(SIDE), width).x;
  return vec2u(SIDE - y * width, y);
}

fn next_place(at: vec2u, step: vec2u, width: u32) -> vec2u {
  let next = at + step;
  return select(next, vec2u(next.x - width, next.y + 1), next.x >= width);
}
