package school.lectern.auth.format;

import java.security.SecureRandom;

/** A fixed text, which is the same in every token. */
final class LiteralBody extends TokenBody {

    private final String text;

    LiteralBody(String text) {
        super(text.length(), text.length());
        this.text = text;
    }

    @Override
    String draw(SecureRandom random) {
        return text;
    }

    @Override
    boolean matches(String other, int start, int end) {
        return end - start == text.length() && other.startsWith(text, start);
    }

    @Override
    boolean canStart(String other, int start, int end) {
        return text.startsWith(other.substring(start, end));
    }

    @Override
    boolean has(int c) {
        return text.indexOf(c) >= 0;
    }

    @Override
    boolean mayEndWith(int c) {
        return has(c);
    }

    @Override
    double hiddenBits(int visible) {
        return 0;
    }

    @Override
    double visibleBits(int visible) {
        return 0;
    }

    @Override
    String pattern(int from) {
        return ScannerPattern.quote(text.substring(from));
    }

    char first() {
        return text.charAt(0);
    }
}
