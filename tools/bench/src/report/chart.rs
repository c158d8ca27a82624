//! Curves as SVG: both axes logarithmic, because clients, rates and latencies are told in powers.

use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
/// Around the plot: left, right, top, bottom.
const MARGIN: (f64, f64, f64, f64) = (72.0, 190.0, 44.0, 56.0);
/// Told apart also by those who see no red and green.
const COLOURS: [&str; 8] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999"];

/// One curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What it is of.
    pub name: String,
    /// From left to right; both above zero.
    pub points: Vec<(f64, f64)>,
}

/// Some curves over the same axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// What goes to the right.
    pub right: String,
    /// What goes up.
    pub up: String,
    /// At most as many as there are colours.
    pub curves: Vec<Curve>,
}

/// An axis from the lowest to the highest value, on so many pixels.
#[derive(Clone, Copy, Debug)]
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(0.0, f64::max);
        let is_flat = low >= high;
        Self { low: if is_flat { low / 2.0 } else { low }, high: high.max(low * 2.0), from, to }
    }

    fn at(&self, value: f64) -> f64 {
        let share = (value / self.low).ln() / (self.high / self.low).ln();
        self.from + share * (self.to - self.from)
    }

    /// 1, 2 and 5 times the powers of ten between the ends.
    fn ticks(&self) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let ticks = (first..=last)
            .flat_map(|power| [1.0, 2.0, 5.0].map(|digit: f64| digit * 10_f64.powi(power)));
        ticks.filter(|it| (self.low * 0.999..=self.high * 1.001).contains(it)).collect()
    }
}

impl Chart {
    /// The picture; none if there is nothing to draw.
    pub fn svg(&self) -> Option<String> {
        let points = || self.curves.iter().flat_map(|curve| curve.points.iter().copied());
        points().next()?;
        let (left, right, top, bottom) = MARGIN;
        let across = Axis::new(points().map(|it| it.0), left, WIDTH - right);
        let upward = Axis::new(points().map(|it| it.1), HEIGHT - bottom, top);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
             <text x=\"{left}\" y=\"24\" font-size=\"15\">{}</text>\n",
            escape(&self.title)
        );
        self.axes(&mut svg, &across, &upward);
        for (index, (curve, colour)) in self.curves.iter().zip(COLOURS).enumerate() {
            draw(&mut svg, curve, colour, index, (&across, &upward));
        }
        svg.push_str("</svg>\n");
        Some(svg)
    }

    fn axes(&self, svg: &mut String, across: &Axis, upward: &Axis) {
        let (bottom, left) = (upward.from, across.from);
        for value in across.ticks() {
            let x = across.at(value);
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {bottom}V{}\" stroke=\"#ddd\"/>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{value}</text>",
                upward.to,
                bottom + 18.0
            ); // writing to a String can't fail
        }
        for value in upward.ticks() {
            let y = upward.at(value);
            let _ = writeln!(
                svg,
                "<path d=\"M{left} {y:.1}H{}\" stroke=\"#ddd\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
                across.to,
                left - 8.0,
                y + 4.0
            );
        }
        let (middle, end) = (f64::midpoint(left, across.to), HEIGHT - 14.0);
        let (right, up) = (escape(&self.right), escape(&self.up));
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{end}\" text-anchor=\"middle\">{right}</text>\
             <text x=\"18\" y=\"{y}\" text-anchor=\"middle\" \
             transform=\"rotate(-90 18 {y})\">{up}</text>",
            y = f64::midpoint(upward.from, upward.to)
        );
    }
}

fn draw(svg: &mut String, curve: &Curve, colour: &str, index: usize, axes: (&Axis, &Axis)) {
    let (across, upward) = axes;
    let points = curve.points.iter().map(|(x, y)| (across.at(*x), upward.at(*y)));
    let path: Vec<String> = points.clone().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    let _ = write!(
        svg,
        "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
        path.join("L")
    );
    for (x, y) in points {
        let _ = write!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
    }
    let (x, y) = (across.to + 14.0, upward.to + 8.0 + 20.0 * index as f64);
    let _ = writeln!(
        svg,
        "<path d=\"M{x} {y}h16\" stroke=\"{colour}\" stroke-width=\"2\"/>\
         <text x=\"{}\" y=\"{}\">{}</text>",
        x + 22.0,
        y + 4.0,
        escape(&curve.name)
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{Axis, Chart, Curve};

    fn chart(points: &[(f64, f64)]) -> Option<String> {
        let curve = Curve { name: "a < b".into(), points: points.to_vec() };
        let (title, right, up) = ("Speed".into(), "clients".into(), "sagas/s".into());
        Chart { title, right, up, curves: vec![curve] }.svg()
    }

    fn check(low: f64, high: f64, expected: &[f64]) {
        let axis = Axis::new([low, high].into_iter(), 0.0, 100.0);
        assert_eq!(axis.ticks(), expected, "{low} to {high}");
        assert!((axis.at(high) - 100.0).abs() < 1e-9 || low >= high);
    }

    #[test]
    fn ticks_are_round_and_within_the_axis() {
        check(1.0, 100.0, &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        check(30.0, 70.0, &[50.0]);
        check(4.0, 4.0, &[2.0, 5.0]);
    }

    #[test]
    fn every_point_is_drawn_and_names_are_escaped() {
        let svg = chart(&[(1.0, 10.0), (10.0, 100.0), (100.0, 50.0)]).expect("a picture");
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("a &lt; b"), "{svg}");
        assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
    }

    #[test]
    fn where_there_is_no_point_there_is_no_picture() {
        assert_eq!(chart(&[]), None);
    }
}
