package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static school.lectern.auth.format.TokenBody.BASE62;
import static school.lectern.auth.format.TokenBody.DIGITS;
import static school.lectern.auth.format.TokenBody.literal;
import static school.lectern.auth.format.TokenBody.of;
import static school.lectern.auth.format.TokenBody.sequence;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SequenceBodyTest {

    private static final TokenBody SLACK =
            sequence(of(DIGITS, 10, 13), literal("-"), of(DIGITS, 10, 13), literal("-"), of(BASE62, 24));
    private static final String DIGITS_13 = "1234567890123";
    private static final String ALNUM_24 = "0123456789abcdefghijABCD";

    private final SecureRandom random = new SecureRandom();

    private static boolean matches(TokenBody body, String text) {
        return body.matches('<' + text + '>', 1, text.length() + 1);
    }

    @ParameterizedTest
    @CsvSource({"9, 10, false", "10, 10, true", "13, 10, true", "12, 13, true", "10, 14, false"})
    void pieces_vary_in_length_on_their_own(int first, int second, boolean isBody) {
        String numbers = (DIGITS_13 + '4').substring(0, first) + '-' + (DIGITS_13 + '4').substring(0, second) + '-';

        assertThat(matches(SLACK, numbers + ALNUM_24)).isEqualTo(isBody);
        assertThat(matches(SLACK, numbers + ALNUM_24 + 'x')).isFalse();
        assertThat(matches(SLACK, numbers + ALNUM_24.substring(1))).isFalse();
        assertThat(matches(SLACK, numbers + '-' + ALNUM_24.substring(1))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "--",
                "1",
                "1234567890",
                "1234567890-",
                "1234567890-1234567890",
                "1234567890-1234567890-"
            })
    void a_beginning_is_no_body_but_can_start_one(String text) {
        boolean starts = !text.startsWith("-");

        assertThat(matches(SLACK, text)).isFalse();
        assertThat(SLACK.canStart('<' + text + '>', 1, text.length() + 1)).isEqualTo(starts);
    }

    @Test
    void an_end_before_the_start_is_no_body() {
        assertThat(SLACK.matches(DIGITS_13, 5, 4)).isFalse();
        assertThat(sequence(literal("1"), of(DIGITS, 1, 9)).matches("1", 1, 0)).isFalse();
    }

    @Test
    void the_longest_is_drawn_and_nested_sequences_are_their_pieces() {
        TokenBody nested = sequence(
                sequence(of(DIGITS, 10, 13), literal("-")),
                sequence(of(DIGITS, 10, 13), sequence(literal("-"), of(BASE62, 24))));

        assertThat(SLACK.draw(random)).matches("[0-9]{13}-[0-9]{13}-[0-9A-Za-z]{24}");
        assertThat(nested.draw(random)).matches("[0-9]{13}-[0-9]{13}-[0-9A-Za-z]{24}");
        assertThat(nested.pattern(0))
                .isEqualTo(SLACK.pattern(0))
                .isEqualTo("[0-9]{10,13}-[0-9]{10,13}-[0-9A-Za-z]{24}");
    }

    @Test
    void a_piece_that_could_end_at_two_places_is_named() {
        refused("sequence: piece 1, [0-9]{1,2},", of(DIGITS, 1, 2), of(DIGITS, 1, 2));
        refused("sequence: piece 1, [0-9]{1,2},", of(DIGITS, 1, 2), of(BASE62, 3), literal("-"), of(DIGITS, 1, 2));
        refused(
                "sequence: piece 3, [0-9]{1,2},",
                literal("v"),
                literal("-"),
                of(DIGITS, 1, 2),
                literal("1-"),
                of("ab", 1, 2));
        refused(
                "sequence: piece 2, [0-9]{1,2},",
                of(BASE62, 3),
                sequence(of(DIGITS, 1, 2)),
                of("ab", 1, 2),
                literal("-"));
        refused("sequence: piece 1,", TokenBody.base58(16), literal("1"), of(DIGITS, 1, 2));
    }

    private static void refused(String message, TokenBody... pieces) {
        assertThatIllegalArgumentException().isThrownBy(() -> sequence(pieces)).withMessageStartingWith(message);
    }

    @Test
    void sequences_of_no_piece_and_too_long_ones_are_refused() {
        refused("length must ");
        refused("length must ", of(DIGITS, 512), literal("a"));
        assertThat(sequence(of(DIGITS, 511), literal("a")).maxLength()).isEqualTo(512);
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "a b", ",", "\u007f", "\u00e9", "\0", "\n"})
    void literals_that_a_header_cannot_contain_are_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> literal(text)).withMessageStartingWith("literal must ");
        assertThatIllegalArgumentException().isThrownBy(() -> literal("")).withMessageStartingWith("length must ");
    }

    @Test
    void encoded_bytes_are_pieces_like_others_and_stay_canonical() {
        TokenBody body = sequence(TokenBody.base64Url(1), literal("."), TokenBody.base58(2), literal("l"), of("ab", 1));

        assertThat(matches(body, "_w.1112la")).isFalse(); // three bytes
        assertThat(matches(body, "_w.112la")).isFalse();
        assertThat(matches(body, "_w.11la")).isTrue();
        assertThat(matches(body, "_w.12la")).isTrue();
        assertThat(matches(body, "_x.12la")).isFalse(); // bits that do not encode anything
        for (int i = 0; i < 1_000; i++) {
            assertThat(matches(body, body.draw(random))).isTrue();
        }
    }

    /** Short bodies over three characters, so that the test can try all texts. */
    static Stream<TokenBody> small() {
        return Stream.of(
                sequence(of("ab", 1, 3), literal("c"), of("abc", 1, 2)),
                sequence(of("ab", 1, 2), literal("ca"), of("ab", 1, 2), literal("c"), of("ac", 1)),
                sequence(of("abc", 1, 4), of("ab", 1), literal("b")),
                sequence(literal("a"), of("bc", 2), literal("cb"), of("abc", 1, 3)),
                sequence(of("abc", 2), of("ab", 1, 2), literal("ca")),
                sequence(literal("ab"), literal("ca")),
                sequence(of("ac", 1, 6)));
    }

    @ParameterizedTest
    @MethodSource("small")
    void of_all_texts_those_match_that_the_expression_describes_and_their_beginnings_can_start_one(TokenBody body) {
        Pattern pattern = Pattern.compile(body.pattern(0));
        List<String> bodies = texts(body.maxLength() + 1).stream()
                .filter(text -> pattern.matcher(text).matches())
                .toList();

        assertThat(bodies).isNotEmpty();
        assertThat(bodies.stream().mapToInt(String::length).min()).hasValue(body.minLength());
        assertThat(bodies.stream().mapToInt(String::length).max()).hasValue(body.maxLength());
        for (String text : texts(body.maxLength() + 1)) {
            assertThat(matches(body, text)).as(text).isEqualTo(bodies.contains(text));
            assertThat(body.canStart(text, 0, text.length()))
                    .as(text)
                    .isEqualTo(bodies.stream().anyMatch(one -> one.startsWith(text)));
        }
        for (char c = 'a'; c <= 'd'; c++) {
            String character = String.valueOf(c);
            assertThat(body.has(c)).isEqualTo(bodies.stream().anyMatch(one -> one.contains(character)));
        }
    }

    /** Returns all texts of at most {@code maxLength} of the characters a, b and c. */
    private static List<String> texts(int maxLength) {
        List<String> texts = new ArrayList<>(List.of(""));
        for (int i = 0; i < texts.size() && texts.get(i).length() < maxLength; i++) {
            for (String next : List.of("a", "b", "c")) {
                texts.add(texts.get(i) + next);
            }
        }
        return texts;
    }

    /** Computes the bits of each character, in every combination of the pieces' lengths. */
    @ParameterizedTest
    @MethodSource("lengths")
    void hidden_and_visible_bits_are_those_of_the_weakest_combination_of_lengths(List<int[]> pieces) {
        TokenBody[] bodies = pieces.stream()
                .map(piece -> piece[0] == 1
                        ? literal("-".repeat(piece[1]))
                        : of(BASE62.substring(0, piece[0]), piece[1], piece[2]))
                .toArray(TokenBody[]::new);
        TokenBody body = new SequenceBody(List.of(bodies));
        List<double[]> spelled = new ArrayList<>();
        spell(pieces, 0, new double[0], spelled);
        for (int visible = 0; visible <= body.minLength(); visible++) {
            int shown = visible;
            double hidden = spelled.stream()
                    .mapToDouble(bits -> IntStream.range(shown, bits.length)
                            .mapToDouble(i -> bits[i])
                            .sum())
                    .min()
                    .orElseThrow();
            double seen = spelled.stream()
                    .mapToDouble(bits ->
                            IntStream.range(0, shown).mapToDouble(i -> bits[i]).sum())
                    .min()
                    .orElseThrow();
            assertThat(body.hiddenBits(visible)).isEqualTo(hidden, within(1e-9));
            assertThat(body.visibleBits(visible)).isEqualTo(seen, within(1e-9));
        }
    }

    /** Pieces as alphabet size (1 for a literal), minimum and maximum length. */
    static Stream<List<int[]>> lengths() {
        return Stream.of(
                List.of(new int[] {10, 1, 9}, new int[] {1, 1, 1}, new int[] {62, 5, 5}),
                List.of(
                        new int[] {1, 3, 3},
                        new int[] {62, 2, 6},
                        new int[] {1, 2, 2},
                        new int[] {2, 1, 4},
                        new int[] {1, 1, 1},
                        new int[] {62, 3, 4}),
                List.of(new int[] {62, 4, 4}, new int[] {1, 8, 8}, new int[] {62, 4, 4}),
                List.of(new int[] {2, 1, 12}, new int[] {1, 1, 1}, new int[] {62, 1, 3}));
    }

    private static void spell(List<int[]> pieces, int next, double[] before, List<double[]> spelled) {
        if (next == pieces.size()) {
            spelled.add(before);
            return;
        }
        int[] piece = pieces.get(next);
        for (int length = piece[1]; length <= piece[2]; length++) {
            double[] bits = IntStream.range(0, before.length + length)
                    .mapToDouble(i -> i < before.length ? before[i] : Math.log(piece[0]) / Math.log(2))
                    .toArray();
            spell(pieces, next + 1, bits, spelled);
        }
    }
}
