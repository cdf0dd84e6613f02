package school.lectern.auth.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NextPageTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/a/b",
                "/100%",
                "/%41",
                "/a b",
                "/a;b",
                "/\u00fc/\u6771",
                "/\ud83d\ude00",
                "/a\r\nb",
                "/<>\"\\^`{|}",
                "/[]"
            })
    void an_encoded_path_is_visible_ascii_and_decodes_to_the_same(String path) {
        String encoded = NextPage.encode(path);
        assertThat(encoded).matches("[A-Za-z0-9/._~%-]+");
        assertThat(URI.create(encoded).getPath()).isEqualTo(path);
    }
}
