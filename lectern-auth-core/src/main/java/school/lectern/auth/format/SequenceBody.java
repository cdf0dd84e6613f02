package school.lectern.auth.format;

import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Bodies one after the other, none of them a sequence. Each ends at one place, which is found from the left without trying
 * others: a piece of varying length ends where the literal behind it starts, since it cannot hold that character; only the
 * last such piece needs none, since all behind it are of a known length.
 */
final class SequenceBody extends TokenBody {

    private final List<TokenBody> pieces;

    /** The last piece whose length varies, or -1 if none does. */
    private final int lastVarying;

    private final int lengthBehindIt;

    SequenceBody(List<TokenBody> pieces) {
        super(
                pieces.stream().mapToInt(TokenBody::minLength).sum(),
                pieces.stream().mapToInt(TokenBody::maxLength).sum());
        this.pieces = List.copyOf(pieces);
        this.lastVarying = IntStream.range(0, pieces.size())
                .filter(i -> !pieces.get(i).hasOneLength())
                .max()
                .orElse(-1);
        this.lengthBehindIt = pieces.stream()
                .skip(lastVarying + 1L)
                .mapToInt(TokenBody::minLength)
                .sum();
        for (int i = 0; i < lastVarying; i++) {
            requireEnd(i);
        }
    }

    private void requireEnd(int i) {
        TokenBody piece = pieces.get(i);
        boolean ends = piece.hasOneLength()
                || (pieces.get(i + 1) instanceof LiteralBody literal && !piece.has(literal.first()));
        if (!ends) {
            throw new IllegalArgumentException("sequence: piece " + (i + 1) + ", " + piece.pattern(0)
                    + ", could end at two places; its length has to be fixed, or a literal has to follow that starts with"
                    + " a character that it cannot hold, or no later piece may vary in length");
        }
    }

    @Override
    Stream<TokenBody> pieces() {
        return pieces.stream();
    }

    @Override
    String draw(SecureRandom random) {
        return pieces.stream().map(piece -> piece.draw(random)).collect(Collectors.joining());
    }

    @Override
    boolean matches(String text, int start, int end) {
        int at = start;
        // By index, since this runs for every request, and an iterator would be garbage.
        for (int i = 0; i < pieces.size(); i++) {
            int pieceEnd = end(i, text, at, end);
            if (pieceEnd > end || !pieces.get(i).matches(text, at, pieceEnd)) {
                return false;
            }
            at = pieceEnd;
        }
        return at == end;
    }

    /** Where a piece that starts at an index has to end if the whole ends at another. */
    private int end(int i, String text, int start, int wholeEnd) {
        TokenBody piece = pieces.get(i);
        if (piece.hasOneLength()) {
            return start + piece.minLength();
        }
        if (i == lastVarying) {
            return wholeEnd - lengthBehindIt;
        }
        int end = start;
        while (end < wholeEnd && piece.has(text.charAt(end))) {
            end++;
        }
        return end;
    }

    @Override
    boolean canStart(String text, int start, int end) {
        return canStart(0, text, start, end);
    }

    private boolean canStart(int i, String text, int start, int end) {
        if (start == end || i == pieces.size()) {
            return start == end;
        }
        TokenBody piece = pieces.get(i);
        return piece.canStart(text, start, end)
                || IntStream.rangeClosed(start + piece.minLength(), Math.min(end, start + piece.maxLength()))
                        .anyMatch(pieceEnd ->
                                piece.matches(text, start, pieceEnd) && canStart(i + 1, text, pieceEnd, end));
    }

    @Override
    boolean has(int c) {
        return pieces.stream().anyMatch(piece -> piece.has(c));
    }

    @Override
    boolean mayEndWith(int c) {
        int last = pieces.size() - 1;
        while (last > 0 && pieces.get(last) instanceof LiteralBody) {
            last--;
        }
        return pieces.stream().skip(last).anyMatch(piece -> piece.has(c));
    }

    /** Of a longer body more would remain: each further character would be hidden, or hide one behind it. */
    @Override
    double hiddenBits(int visible) {
        double bits = 0;
        int shown = visible;
        for (TokenBody piece : pieces) {
            bits += piece.hiddenBits(shown);
            shown = Math.max(0, shown - piece.minLength());
        }
        return bits;
    }

    /** The shortest body need not show the fewest: a long piece of digits may push letters out of sight. So all lengths count. */
    @Override
    double visibleBits(int visible) {
        double[] behind = new double[visible + 1];
        for (int i = pieces.size() - 1; i >= 0; i--) {
            TokenBody piece = pieces.get(i);
            double[] rest = behind;
            behind = IntStream.rangeClosed(0, visible)
                    .mapToDouble(shown -> visibleBits(piece, shown, rest))
                    .toArray();
        }
        return behind[visible];
    }

    /** The fewest from a piece on, given the fewest of what is behind it by how many characters are visible of that. */
    private static double visibleBits(TokenBody piece, int visible, double[] behind) {
        return IntStream.rangeClosed(piece.minLength(), piece.maxLength())
                .mapToDouble(
                        length -> piece.visibleBits(Math.min(visible, length)) + behind[Math.max(0, visible - length)])
                .min()
                .orElse(0);
    }

    @Override
    String pattern(int from) {
        StringBuilder pattern = new StringBuilder();
        int left = from;
        for (TokenBody piece : pieces) {
            int skipped = Math.min(left, piece.minLength());
            pattern.append(piece.pattern(skipped));
            left -= skipped;
        }
        return pattern.toString();
    }
}
