package school.lectern.auth.token;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** SHA-256 and SHA-512 (FIPS 180-4). */
final class Sha2 implements FastHash {

    static final Sha2 SHA256 = new Sha2(HashAlgorithm.SHA256.text(), "SHA-256", 32);
    static final Sha2 SHA512 = new Sha2(HashAlgorithm.SHA512.text(), "SHA-512", 64);

    private static final int SLOTS = 64;

    /** References of one cache line: two threads that use two slots do not slow each other. */
    private static final int APART = 16;

    /** Longer secrets are hashed all the same, from a copy. */
    private static final int MOST_BYTES = 256;

    private final String name;
    private final String standardName;
    private final int length;

    /**
     * What nobody uses. To make a digest takes as long as to use it, and a thread-local one would stay with each of many
     * threads that come once.
     */
    private final AtomicReferenceArray<@Nullable Worker> idle = new AtomicReferenceArray<>(SLOTS * APART);

    private Sha2(String name, String standardName, int length) {
        this.name = name;
        this.standardName = standardName;
        this.length = length;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public byte[] digest(Secret secret) {
        int slot = ((int) Thread.currentThread().getId() & (SLOTS - 1)) * APART;
        Worker taken = idle.getAndSet(slot, null);
        Worker mine = taken == null ? new Worker(make()) : taken;
        byte[] digest = mine.digest(secret);
        // It has wiped what it worked on. One that threw does not come back.
        idle.setRelease(slot, mine);
        return digest;
    }

    /** A digest, and room for what it reads. */
    private static final class Worker {
        private final MessageDigest function;
        private final byte[] room = new byte[MOST_BYTES];

        Worker(MessageDigest function) {
            this.function = function;
        }

        byte[] digest(Secret secret) {
            int length = secret.length();
            if (length > room.length) {
                return function.digest(secret.bytes());
            }
            secret.writeTo(room);
            function.update(room, 0, length);
            byte[] digest = function.digest();
            Arrays.fill(room, 0, length, (byte) 0);
            return digest;
        }
    }

    private MessageDigest make() {
        try {
            return MessageDigest.getInstance(standardName);
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
