package school.lectern.auth.format;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Generates tokens of one format.
 *
 * @param wrapper the text before the whole token; may be empty
 * @param key null in a format without public keys
 * @param secret the secret part of the tokens
 * @param visible the number of characters after the prefix that lists show
 */
record TokenGenerator(String wrapper, @Nullable PublicKeyPart key, SecretPart secret, int visible) {

    /**
     * {@return a new token}
     *
     * @param publicKey null in a format without public keys
     */
    GeneratedToken generate(
            TokenEnvironment environment, @Nullable String publicKey, String prefix, SecureRandom random) {
        if (key == null || publicKey == null) {
            String text = wrapper + secret.draw("", prefix, random);
            String shown = text.substring(0, wrapper.length() + prefix.length() + visible);
            Secret whole = Secret.of(text);
            return new GeneratedToken(
                    text, prefix, shown, new PresentedToken(whole, whole, null, environment, shown.length()));
        }
        String before = publicKey + key.separator();
        String text = secret.draw(before, prefix, random);
        Secret second = Secret.of(text.substring(before.length()));
        String whole = wrapper + text;
        return new GeneratedToken(
                whole, prefix, publicKey, new PresentedToken(Secret.of(whole), second, publicKey, environment, 0));
    }
}
