package school.lectern.auth.systems;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VariantsTest {

    private static Set<List<Object>> pairs(
            List<Variant> variants, Function<Variant, Object> one, Function<Variant, Object> other) {
        return variants.stream()
                .map(variant -> List.of(one.apply(variant), other.apply(variant)))
                .collect(Collectors.toSet());
    }

    @Test
    void the_variants_of_each_build_have_every_pair_and_every_system() {
        List<Variant> all = Variant.all();
        assertThat(new HashSet<>(all)).hasSize(3 * 2 * 4 * 2).containsAll(Variant.PAIRWISE);
        assertThat(pairs(Variant.PAIRWISE, Variant::server, Variant::security))
                .isEqualTo(pairs(all, Variant::server, Variant::security));
        assertThat(pairs(Variant.PAIRWISE, Variant::server, Variant::threads))
                .isEqualTo(pairs(all, Variant::server, Variant::threads));
        assertThat(pairs(Variant.PAIRWISE, Variant::security, Variant::threads))
                .isEqualTo(pairs(all, Variant::security, Variant::threads));
        assertThat(Variant.PAIRWISE.stream().map(Variant::system)).contains(Variant.TokenSystem.values());
    }

    static Stream<Variant> variants() {
        return Stream.concat(Variant.PAIRWISE.stream(), Stream.of(Variant.ON_SPRING_BOOT_3));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void a_class_path_has_nothing_of_other_variants_and_nothing_of_tests(Variant variant) throws IOException {
        Set<String> absent = ClassPath.absentPackages(variant);
        List<String> misplaced = new ArrayList<>();
        for (Path entry : ClassPath.entries(variant).toList()) {
            if (Files.isRegularFile(entry)) {
                try (ZipFile jar = new ZipFile(entry.toFile())) {
                    jar.stream()
                            .filter(file -> absent.stream().anyMatch(file.getName()::startsWith))
                            .findFirst()
                            .ifPresent(file -> misplaced.add(entry.getFileName() + ": " + file.getName()));
                }
            }
        }
        assertThat(misplaced).isEmpty();
    }
}
