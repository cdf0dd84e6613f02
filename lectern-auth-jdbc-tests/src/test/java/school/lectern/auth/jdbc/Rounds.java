package school.lectern.auth.jdbc;

/** How often a test is repeated: a few times in every build, and as often as its claim requires in the long form. */
final class Rounds {

    static final boolean LONG = Boolean.getBoolean("lectern.long");

    private Rounds() {}

    static int of(int brief, int thorough) {
        return LONG ? thorough : brief;
    }
}
