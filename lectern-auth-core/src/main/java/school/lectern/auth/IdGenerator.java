package school.lectern.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;

/** Generates ids that do not repeat. */
final class IdGenerator {

    private static final String TOKEN_PREFIX = "apitoken_";
    private static final int BYTES = 16;

    private final SecureRandom random;

    /** Random bytes for many ids of events, which are not secret, because each draw is expensive. */
    private final byte[] drawn = new byte[64 * BYTES];

    private int next = drawn.length;

    IdGenerator(SecureRandom random) {
        this.random = random;
    }

    SecureRandom random() {
        return random;
    }

    /** {@return a new token id: a version 4 UUID (RFC 9562, section 5.4) behind a prefix} */
    String nextTokenId() {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return TOKEN_PREFIX + uuid(bytes, 4);
    }

    /** {@return the token id of a text, the same id each time: a version 8 UUID (RFC 9562, section 5.8) behind a prefix} */
    static String tokenIdOf(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return TOKEN_PREFIX + uuid(digest, 8);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    /**
     * {@return a version 7 UUID (RFC 9562, section 5.7) of a time} Rows with such ids are written in the order of their ids, so
     * that the index of a database grows at its end, and not at a random place for each row.
     */
    String next(Instant at) {
        byte[] bytes = draw();
        long millis = at.toEpochMilli();
        ByteBuffer.wrap(bytes).putInt((int) (millis >> 16)).putShort((short) millis);
        return uuid(bytes, 7);
    }

    private synchronized byte[] draw() {
        if (next == drawn.length) {
            random.nextBytes(drawn);
            next = 0;
        }
        next += BYTES;
        return Arrays.copyOfRange(drawn, next - BYTES, next);
    }

    private static String uuid(byte[] bytes, int version) {
        bytes[6] = (byte) ((bytes[6] & 0x0f) | (version << 4));
        bytes[8] = (byte) ((bytes[8] & 0x3f) | 0x80);
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong()).toString();
    }
}
