package school.lectern.auth.format;

/** A body with one alphabet for all its characters. */
abstract sealed class AlphabetBody extends TokenBody permits CharacterBody, Base58Body, Base64UrlBody {

    private final Alphabet alphabet;

    AlphabetBody(Alphabet alphabet, int minLength, int maxLength) {
        super(minLength, maxLength);
        this.alphabet = alphabet;
    }

    @Override
    boolean matches(String text, int start, int end) {
        int length = end - start;
        return length >= minLength() && length <= maxLength() && alphabet.hasAll(text, start, end);
    }

    @Override
    boolean canStart(String text, int start, int end) {
        return end - start <= maxLength() && alphabet.hasAll(text, start, end);
    }

    @Override
    boolean has(int c) {
        return alphabet.has(c);
    }

    @Override
    boolean mayEndWith(int c) {
        return alphabet.has(c);
    }

    @Override
    String pattern(int from) {
        int least = Math.max(0, minLength() - from);
        int most = maxLength() - from;
        return most == 0 ? "" : alphabet.pattern() + '{' + (least == most ? "" : least + ",") + most + '}';
    }

    Alphabet alphabet() {
        return alphabet;
    }
}
