package school.lectern.auth.token;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 and SHA-512 (FIPS 180-4). */
record Sha2(String name, String standardName, int length) implements FastHash {

    static final Sha2 SHA256 = new Sha2(HashAlgorithm.SHA256.text(), "SHA-256", 32);
    static final Sha2 SHA512 = new Sha2(HashAlgorithm.SHA512.text(), "SHA-512", 64);

    @Override
    public byte[] digest(Secret secret) {
        try {
            return MessageDigest.getInstance(standardName).digest(secret.bytes());
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
