package school.lectern.auth.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import school.lectern.auth.benchmarks.Result.Case;

/** A bar chart of a group's times, the shortest first, on a logarithmic scale. The same results produce the same bytes. */
final class Plot {

    private static final int LEFT = 150;
    private static final int DECADE = 140;
    private static final int DECADES = 4;
    private static final int ROW = 30;
    private static final int TOP = 50;

    /** The scale starts at ten nanoseconds. */
    private static final double FIRST = 10;

    private record Bar(String name, double time) {
        double width() {
            return Math.max(1, Math.min(DECADES, Math.log10(time / FIRST)) * DECADE);
        }
    }

    private Plot() {}

    static String of(Results results, String group) {
        List<Bar> bars = new ArrayList<>();
        for (Case one : results.cases(group)) {
            results.spread(one, Result::score).ifPresent(spread -> bars.add(new Bar(one.method(), spread.median())));
        }
        bars.sort(Comparator.comparingDouble(Bar::time).thenComparing(Bar::name));
        return svg(bars);
    }

    private static String svg(List<Bar> bars) {
        int width = LEFT + DECADES * DECADE + 90;
        int height = TOP + bars.size() * ROW + 20;
        StringBuilder svg = new StringBuilder();
        line(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " font-family=\"sans-serif\" font-size=\"14\">",
                width,
                height,
                width,
                height);
        line(svg, "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>");
        line(
                svg,
                "<text x=\"10\" y=\"20\" fill=\"#111111\">Verification of one token, 1 thread, 10,000 tokens:"
                        + " ns, logarithmic, less is better</text>");
        for (int i = 0; i <= DECADES; i++) {
            grid(svg, i, height);
        }
        for (int i = 0; i < bars.size(); i++) {
            bar(svg, bars.get(i), TOP + i * ROW);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void grid(StringBuilder svg, int decade, int height) {
        int x = LEFT + decade * DECADE;
        line(svg, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#cccccc\"/>", x, TOP - 5, x, height - 10);
        line(
                svg,
                "<text x=\"%d\" y=\"%d\" fill=\"#555555\" font-size=\"12\" text-anchor=\"middle\">%,.0f</text>",
                x,
                TOP - 9,
                FIRST * Math.pow(10, decade));
    }

    private static void bar(StringBuilder svg, Bar bar, int y) {
        boolean ours = bar.name().equals("lectern");
        String color = ours ? "#0b6e4f" : bar.name().equals("floor") ? "#888888" : "#7b9fd4";
        line(
                svg,
                "<text x=\"%d\" y=\"%d\" fill=\"#111111\" text-anchor=\"end\"%s>%s</text>",
                LEFT - 8,
                y + 17,
                ours ? " font-weight=\"bold\"" : "",
                bar.name());
        line(
                svg,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                LEFT,
                y,
                bar.width(),
                ROW - 6,
                color);
        line(
                svg,
                "<text x=\"%.1f\" y=\"%d\" fill=\"#111111\">%,.0f</text>",
                LEFT + bar.width() + 6,
                y + 17,
                bar.time());
    }

    private static void line(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
