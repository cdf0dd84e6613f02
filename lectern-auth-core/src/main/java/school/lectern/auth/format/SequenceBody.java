package school.lectern.auth.format;

import java.security.SecureRandom;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A body of several pieces, none of which is a sequence. The end of each piece is found from left to right, without
 * backtracking. A piece of variable length ends where the literal after it starts, because the piece cannot contain the
 * literal's first character. The last piece of variable length needs no literal after it, because all pieces after it have a
 * fixed length.
 */
final class SequenceBody extends TokenBody {

    private final List<TokenBody> pieces;

    /** The index of the last piece of variable length, or -1 if all pieces have a fixed length. */
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
                    + ", must end at one place only: give it a fixed length, or put a literal after it that starts"
                    + " with a character that it cannot contain, or give all later pieces a fixed length");
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
        // By index: this runs for every request, and an iterator would be garbage.
        for (int i = 0; i < pieces.size(); i++) {
            int pieceEnd = end(i, text, at, end);
            if (pieceEnd > end || !pieces.get(i).matches(text, at, pieceEnd)) {
                return false;
            }
            at = pieceEnd;
        }
        return at == end;
    }

    /**
     * {@return the index at which a piece must end}
     *
     * @param i the index of the piece
     * @param start the index at which the piece starts
     * @param wholeEnd the index at which the whole sequence ends
     */
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

    /**
     * Assumes the minimum length of each piece. A longer body has at least as many hidden bits: each additional character is
     * hidden, or moves a later character out of the visible part.
     */
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

    /**
     * Considers all lengths of each piece. The shortest body does not always show the fewest bits: a longer piece of digits
     * can move letters out of the visible part.
     */
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

    /**
     * {@return the minimum number of visible bits of a piece and all later pieces}
     *
     * @param visible the number of visible characters of the piece and all later pieces
     * @param behind the minimum number of visible bits of the later pieces, by the number of their visible characters
     */
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
