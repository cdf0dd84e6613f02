package school.lectern.auth.token;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.Secret;

/** SHA-256 and SHA-512 (FIPS 180-4). */
final class Sha2 implements FastHash {

    static final Sha2 SHA256 = new Sha2(HashAlgorithm.SHA256.text(), "SHA-256", 32);
    static final Sha2 SHA512 = new Sha2(HashAlgorithm.SHA512.text(), "SHA-512", 64);

    private static final int WORKERS = 64;

    /** The maximum length of a secret that is hashed in a worker's buffer. Longer secrets are hashed from a copy. */
    private static final int MOST_BYTES = 256;

    private final String name;
    private final String standardName;
    private final int length;

    /**
     * A pool of digests. Creating a digest takes as long as using it. Thread-local digests would remain with each of many
     * threads that hash only once.
     */
    private final AtomicReferenceArray<@Nullable Worker> workers = new AtomicReferenceArray<>(WORKERS);

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
    public TokenHash hash(Secret secret) {
        int place = (int) Thread.currentThread().getId() & (WORKERS - 1);
        Worker known = workers.get(place);
        Worker mine = known != null && known.compareAndSet(false, true) ? known : new Worker();
        TokenHash hash = mine.hash(secret);
        // The worker has wiped its buffer. A worker that threw stays marked as in use, and the next new one replaces
        // it.
        mine.setRelease(false);
        if (mine != known) {
            workers.set(place, mine);
        }
        return hash;
    }

    /**
     * A digest with a buffer for its input and output. The flag is true while a thread uses the worker. A new worker is in
     * use.
     */
    private final class Worker extends AtomicBoolean {
        private static final long serialVersionUID = 1L;

        private final transient MessageDigest function = make();
        private final transient byte[] room = new byte[MOST_BYTES];
        private final transient ByteBuffer digest = ByteBuffer.wrap(room, 0, length);

        Worker() {
            super(true);
        }

        TokenHash hash(Secret secret) {
            int read = secret.length();
            if (read > room.length) {
                return TokenHash.digest(name, ByteBuffer.wrap(function.digest(secret.exposeBytes())));
            }
            secret.exposeTo(room);
            function.update(room, 0, read);
            finish();
            TokenHash hash = TokenHash.digest(name, digest.rewind());
            Arrays.fill(room, 0, Math.max(read, length), (byte) 0);
            return hash;
        }

        private void finish() {
            try {
                function.digest(room, 0, length);
            } catch (DigestException hasRoom) {
                throw new IllegalStateException(hasRoom);
            }
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
