package school.lectern.auth.quickstart;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.limit.RateLimit;

/** The settings from the environment. An invalid setting prevents the start with one line that names it. */
record Settings(
        int port,
        String dialect,
        String dbUrl,
        String dbUser,
        String dbPassword,
        String adminKey,
        Optional<String> readerKey,
        AuditMode audit,
        boolean cache,
        Optional<RateLimit> createLimit) {

    private static final List<String> H2_SETTINGS = List.of("DB_CLOSE_ON_EXIT=FALSE", "TRACE_LEVEL_FILE=0");

    /** A setting with an invalid value. */
    static final class Wrong extends Exception {
        private static final long serialVersionUID = 1L;

        Wrong(String setting, String why) {
            super(setting + ": " + why);
        }
    }

    static Settings read(Map<String, String> env, String dataFolder) throws Wrong {
        if (env.containsKey("LECTERN_READER_KEY")
                && env.get("LECTERN_READER_KEY").equals(env.get("LECTERN_ADMIN_KEY"))) {
            throw new Wrong("LECTERN_READER_KEY", "must differ from LECTERN_ADMIN_KEY");
        }
        if (!env.getOrDefault("LECTERN_DB_URL", "jdbc:").startsWith("jdbc:")) {
            throw new Wrong("LECTERN_DB_URL", "must start with jdbc:");
        }
        return new Settings(
                (int) number(env, "LECTERN_PORT", 8080, 0, 65_535),
                choice(env, "LECTERN_DIALECT", "lectern", "lectern", "learncoin", "teacharium", "learnhouse"),
                database(env.getOrDefault("LECTERN_DB_URL", "jdbc:h2:file:" + dataFolder + "/quickstart")),
                env.getOrDefault("LECTERN_DB_USER", "sa"),
                env.getOrDefault("LECTERN_DB_PASSWORD", ""),
                key(env, "LECTERN_ADMIN_KEY").orElseGet(Settings::randomKey),
                key(env, "LECTERN_READER_KEY"),
                choice(env, "LECTERN_AUDIT", "durable", "durable", "buffered").equals("durable")
                        ? AuditMode.DURABLE
                        : AuditMode.BUFFERED,
                choice(env, "LECTERN_CACHE", "on", "on", "off").equals("on"),
                env.containsKey("LECTERN_CREATE_LIMIT")
                        ? Optional.of(
                                RateLimit.perMinute(number(env, "LECTERN_CREATE_LIMIT", 0, 1, RateLimit.MAX_PERMITS)))
                        : Optional.empty());
    }

    /**
     * Returns the URL with the options that this program needs from an H2 database, unless the URL sets them. By default, H2
     * closes the database at the first signal, while running requests still need it, and prints stack traces if it cannot write
     * its log file.
     */
    private static String database(String url) {
        String needed = url;
        for (String setting : url.startsWith("jdbc:h2:") ? H2_SETTINGS : List.<String>of()) {
            String name = setting.substring(0, setting.indexOf('=') + 1);
            if (!url.toUpperCase(Locale.ROOT).contains(';' + name)) {
                needed += ';' + setting;
            }
        }
        return needed;
    }

    private static long number(Map<String, String> env, String name, long otherwise, long min, long max) throws Wrong {
        String text = env.get(name);
        if (text == null) {
            return otherwise;
        }
        long value = text.matches("[0-9]{1,12}") ? Long.parseLong(text) : -1;
        if (value < min || value > max) {
            throw new Wrong(name, "must be a whole number from " + min + " to " + max);
        }
        return value;
    }

    private static String choice(Map<String, String> env, String name, String otherwise, String... choices)
            throws Wrong {
        String value = env.getOrDefault(name, otherwise);
        for (String choice : choices) {
            if (choice.equals(value)) {
                return value;
            }
        }
        throw new Wrong(name, "must be one of: " + String.join(", ", choices));
    }

    private static Optional<String> key(Map<String, String> env, String name) throws Wrong {
        String key = env.get(name);
        if (key != null && !key.matches("[!-~]{8,256}")) {
            throw new Wrong(name, "must be 8 to 256 visible ASCII characters");
        }
        return Optional.ofNullable(key);
    }

    private static String randomKey() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return "admin_" + HexFormat.of().formatHex(bytes);
    }

    /** Without the keys and the password. */
    @Override
    public String toString() {
        return "Settings[" + dialect + " on port " + port + "]";
    }
}
